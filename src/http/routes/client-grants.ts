import type { FastifyInstance } from 'fastify'
import { Failure } from '../../domain/failure.ts'
import { findUnstorable } from '../../domain/json.ts'
import {
  addClientGrant,
  type ClientGrantFilter,
  changeClientGrant,
  findClientGrant,
  listClientGrants,
  type ManageClientGrantsDeps,
} from '../../flow/manage-client-grants.ts'
import type { PageQuery } from '../../flow/page.ts'
import type { ClientGrant } from '../../tokens/client-store.ts'
import type { Tokens } from '../../tokens/tokens.ts'
import { requireScopes } from '../authenticate.ts'
import { pagingProperties, queryParameters, renderPage } from '../paged-list.ts'
import { validateBody, validateQuery } from '../validate.ts'

const listQuerySchema = {
  type: 'object',
  properties: {
    ...pagingProperties,
    audience: { type: 'string', description: 'Optional filter on audience.' },
    client_id: { type: 'string', description: 'Optional filter on client_id.' },
  },
}

interface ListQuery extends PageQuery, ClientGrantFilter {}

// What a grant may say beside its scopes, with the one value that is true of every grant here: neither
// organizations nor users get tokens from Muster.
const FIXED = {
  organization_usage: { type: 'string', enum: ['deny'] },
  allow_any_organization: { type: 'boolean', enum: [false] },
  allow_all_scopes: { type: 'boolean', enum: [false] },
}

const SCOPE = {
  type: 'array',
  description: 'Scopes allowed for this client grant.',
  items: { type: 'string', minLength: 1 },
}

const createSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['client_id', 'audience'],
  properties: {
    client_id: { type: 'string', description: 'ID of the client.', minLength: 1 },
    audience: {
      type: 'string',
      description: 'The audience (API identifier) of this client grant.',
      minLength: 1,
    },
    scope: SCOPE,
    subject_type: { type: 'string', enum: ['client'] },
    ...FIXED,
  },
}

interface CreateBody {
  readonly client_id: string
  readonly audience: string
  readonly scope?: readonly string[]
}

const updateSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { scope: SCOPE, ...FIXED },
}

export interface ClientGrantRoutesDeps extends ManageClientGrantsDeps {
  readonly tokens: Pick<Tokens, 'audience' | 'verify'>
  /** Without a slash at the end. */
  readonly publicUrl: string
}

interface ById {
  Params: { id: string }
}

/** `/api/v2/client-grants`: what clients may ask for, of this API. */
export function clientGrantRoutes(app: FastifyInstance, deps: ClientGrantRoutesDeps): void {
  const { tokens } = deps
  readRoutes(app, deps)
  app.post(
    '/api/v2/client-grants',
    { onRequest: requireScopes(tokens, ['create:client_grants']) },
    async (request, reply) => {
      const body = validateBody<CreateBody>(createSchema, request.body ?? {})
      const { client_id: clientId, audience, scope = [] } = body
      // No client has such an id, and no database can look for it.
      if (findUnstorable(clientId) !== undefined) throw new Failure('client_not_found', 'Client not found.')
      const grant = await addClientGrant({ clientId, audience, scope }, deps)
      return reply.code(201).send(rendered(grant, deps))
    },
  )
  app.patch<ById>(
    '/api/v2/client-grants/:id',
    { onRequest: requireScopes(tokens, ['update:client_grants']) },
    async (request) => {
      const { scope } = validateBody<Pick<CreateBody, 'scope'>>(updateSchema, request.body ?? {})
      return rendered(await changeClientGrant(request.params.id, scope, deps), deps)
    },
  )
  app.delete<ById>(
    '/api/v2/client-grants/:id',
    { onRequest: requireScopes(tokens, ['delete:client_grants']) },
    async (request, reply) => {
      // Auth0 documents no 404 for it.
      await deps.clientGrants.remove(request.params.id)
      return reply.code(204).send()
    },
  )
}

function readRoutes(app: FastifyInstance, deps: ClientGrantRoutesDeps): void {
  const onRequest = requireScopes(deps.tokens, ['read:client_grants'])
  app.get('/api/v2/client-grants', { onRequest }, async (request, reply) => {
    const query = validateQuery<ListQuery>(listQuerySchema, request.query)
    const list = {
      member: 'client_grants',
      all: await listClientGrants(query, deps),
      idOf: (grant: ClientGrant) => grant.id,
      show: (grant: ClientGrant) => rendered(grant, deps),
    }
    const parameters = listQuerySchema.properties
    return renderPage(list, query, { request, reply, parameters, publicUrl: deps.publicUrl })
  })
  app.get<ById>('/api/v2/client-grants/:id', { onRequest }, async (request) =>
    rendered(await findClientGrant(request.params.id, deps), deps),
  )
}

function rendered({ id, clientId, scope }: ClientGrant, { tokens }: ClientGrantRoutesDeps) {
  return { id, client_id: clientId, audience: tokens.audience, scope, subject_type: 'client' }
}

const idParameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

function operation(operationId: string, summary: string, scope: string): Record<string, unknown> {
  return { operationId, summary, security: [{ bearerAuth: [scope] }] }
}

const grant = { description: 'The grant.' }
const unsound = { description: 'The request is not sound.' }
const noGrant = { description: 'The grant does not exist.' }

export const clientGrantPaths = {
  '/api/v2/client-grants': {
    get: {
      ...operation('get_client-grants', 'List grants', 'read:client_grants'),
      parameters: queryParameters(listQuerySchema.properties),
      responses: { '200': { description: 'The grants.' } },
    },
    post: {
      ...operation('post_client-grants', 'Grant a client scopes of this API', 'create:client_grants'),
      requestBody: { content: { 'application/json': { schema: createSchema } } },
      responses: {
        '201': grant,
        '400': unsound,
        '404': { description: 'The client, or the API, does not exist.' },
        '409': { description: 'The client has a grant.' },
      },
    },
  },
  '/api/v2/client-grants/{id}': {
    get: {
      ...operation('get_client-grant', 'A grant', 'read:client_grants'),
      parameters: [idParameter],
      responses: { '200': grant, '404': noGrant },
    },
    patch: {
      ...operation('patch_client-grants_by_id', 'Replace the scopes of a grant', 'update:client_grants'),
      parameters: [idParameter],
      requestBody: { content: { 'application/json': { schema: updateSchema } } },
      responses: { '200': grant, '400': unsound, '404': noGrant },
    },
    delete: {
      ...operation('delete_client-grants_by_id', 'Delete a grant', 'delete:client_grants'),
      parameters: [idParameter],
      responses: { '204': { description: 'The grant is no more.' } },
    },
  },
}
