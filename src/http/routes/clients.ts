import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../../domain/failure.ts'
import { findUnstorable, type JsonObject } from '../../domain/json.ts'
import {
  addClient,
  type ClientFilter,
  type ClientWithSecret,
  changeClient,
  findClient,
  listClients,
  type ManageClientsDeps,
  rotateSecret,
} from '../../flow/manage-clients.ts'
import type { PageQuery } from '../../flow/page.ts'
import type { Schema } from '../../schema/check.ts'
import type { Client } from '../../tokens/client-store.ts'
import { requireScopes, type TokenVerifier } from '../authenticate.ts'
import { createClientSchema, updateClientSchema } from '../client-schema.ts'
import { requireMemberScopes, WRITE_SCOPES } from '../member-scopes.ts'
import { pagingProperties, queryParameters, renderPage } from '../paged-list.ts'
import { type FieldSelection, fieldSelectionProperties, selectFields } from '../select-fields.ts'
import { validateBody, validateQuery } from '../validate.ts'

const listQuerySchema = {
  type: 'object',
  properties: {
    ...fieldSelectionProperties,
    ...pagingProperties,
    // Zero asks for the total alone.
    per_page: { ...pagingProperties.per_page, minimum: 0 },
    is_global: { type: 'boolean', description: 'Whether it is the global client; there is none.' },
    is_first_party: { type: 'boolean', description: 'Only clients that are, or are not, first-party.' },
    app_type: { type: 'string', description: 'Only these application types, with commas between them.' },
    q: { type: 'string', description: 'A search; not supported, and refused.' },
  },
}

interface ListQuery extends FieldSelection, PageQuery, ClientFilter {
  readonly q?: string
}

export interface ClientRoutesDeps extends ManageClientsDeps {
  readonly tokens: TokenVerifier
  readonly tenant: string
  /** Without a slash at the end. */
  readonly publicUrl: string
}

interface ById {
  Params: { id: string }
}

/** `/api/v2/clients`. A secret is told when it is made and never again: it is kept as a hash. */
export function clientRoutes(app: FastifyInstance, deps: ClientRoutesDeps): void {
  const { tokens } = deps
  readRoutes(app, deps)
  app.post(
    '/api/v2/clients',
    { onRequest: requireScopes(tokens, ['create:clients']) },
    async (request, reply) => {
      const { name = '', secret, settings } = orderOf(createClientSchema, request)
      const order = { name, settings, ...(secret === undefined ? {} : { secret }) }
      return reply.code(201).send(renderedWithSecret(await addClient(order, deps), deps))
    },
  )
  app.patch<ById>(
    '/api/v2/clients/:id',
    { onRequest: requireScopes(tokens, UPDATE_SCOPES) },
    async (request) => {
      const { secret, ...order } = orderOf(updateClientSchema, request)
      requireMemberScopes('patch /api/v2/clients/{id}', Object.keys(request.body ?? {}), request)
      const patch = { ...order, ...(secret === undefined ? {} : { secret }) }
      return rendered(await changeClient(request.params.id, patch, deps), deps)
    },
  )
  app.delete<ById>(
    '/api/v2/clients/:id',
    { onRequest: requireScopes(tokens, ['delete:clients']) },
    async (request, reply) => {
      await deps.clients.remove(request.params.id)
      return sendNothing(reply)
    },
  )
  app.post<ById>(
    '/api/v2/clients/:id/rotate-secret',
    { onRequest: requireScopes(tokens, KEY_SCOPES) },
    async (request) => renderedWithSecret(await rotateSecret(request.params.id, deps), deps),
  )
}

const KEY_SCOPES = ['update:client_keys']
const UPDATE_SCOPES = WRITE_SCOPES['patch /api/v2/clients/{id}'].guard

// Recorded: a client that is deleted twice is 204 twice.
function sendNothing(reply: FastifyReply): FastifyReply {
  return reply.code(204).send()
}

function readRoutes(app: FastifyInstance, deps: ClientRoutesDeps): void {
  const onRequest = requireScopes(deps.tokens, ['read:clients'])
  app.get('/api/v2/clients', { onRequest }, async (request, reply) => {
    const query = validateQuery<ListQuery>(listQuerySchema, request.query)
    // To ignore it would be to answer another question.
    if (query.q !== undefined) {
      throw new Failure(
        'query_invalid',
        "Query validation error: 'Clients cannot be searched, only filtered' on property q.",
      )
    }
    const list = {
      member: 'clients',
      all: await listClients(query, deps),
      idOf: (client: Client) => client.clientId,
      show: (client: Client) => selected(client, query, deps),
    }
    const parameters = listQuerySchema.properties
    return renderPage(list, query, { request, reply, parameters, publicUrl: deps.publicUrl })
  })
  app.get<ById>('/api/v2/clients/:id', { onRequest }, async (request) => {
    const query = validateQuery<FieldSelection>(listQuerySchema, request.query)
    return selected(await findClient(request.params.id, deps), query, deps)
  })
}

interface Order {
  readonly name?: string
  readonly secret?: string
  readonly settings: JsonObject
}

function orderOf(schema: Schema, request: FastifyRequest): Order {
  const body = validateBody<JsonObject>(schema, request.body ?? {})
  const unstorable = findUnstorable(body)
  if (unstorable !== undefined) {
    throw new Failure(
      'body_invalid',
      `Payload validation error: '${unstorable.reason}' on property ${unstorable.path}.`,
    )
  }
  const { name, client_secret: secret, ...settings } = body
  return {
    settings,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof secret === 'string' ? { secret } : {}),
  }
}

// Recorded: whatever fields are asked for, the tenant comes too.
function selected(
  client: Client,
  query: FieldSelection,
  deps: Pick<ClientRoutesDeps, 'tenant'>,
): Readonly<Record<string, unknown>> {
  const kept = selectFields(rendered(client, deps), query)
  return query.include_fields === false ? kept : { tenant: deps.tenant, ...kept }
}

function rendered(client: Client, { tenant }: Pick<ClientRoutesDeps, 'tenant'>): Record<string, unknown> {
  return {
    tenant,
    global: false,
    name: client.name,
    ...client.settings,
    client_id: client.clientId,
    created_at: client.createdAt,
    updated_at: client.updatedAt,
  }
}

function renderedWithSecret(
  { client, secret }: ClientWithSecret,
  deps: Pick<ClientRoutesDeps, 'tenant'>,
): Record<string, unknown> {
  return { ...rendered(client, deps), client_secret: secret }
}

const idParameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

function operation(operationId: string, summary: string, scopes: readonly string[]): Record<string, unknown> {
  return { operationId, summary, security: [{ bearerAuth: scopes }] }
}

const client = { description: 'The client.' }
const withSecret = { description: 'The client and its secret, told this once.' }
const unsound = { description: 'The request is not sound.' }
const noClient = { description: 'The client does not exist.' }

export const clientPaths = {
  '/api/v2/clients': {
    get: {
      ...operation('get_clients', 'List clients', ['read:clients']),
      parameters: queryParameters(listQuerySchema.properties),
      responses: { '200': { description: 'The clients.' } },
    },
    post: {
      ...operation('post_clients', 'Make a client', ['create:clients']),
      requestBody: { content: { 'application/json': { schema: createClientSchema } } },
      responses: { '201': withSecret, '400': unsound },
    },
  },
  '/api/v2/clients/{id}': {
    get: {
      ...operation('get_clients_by_id', 'A client, without its secret', ['read:clients']),
      parameters: [idParameter, ...queryParameters(fieldSelectionProperties)],
      responses: { '200': client, '404': noClient },
    },
    patch: {
      ...operation('patch_clients_by_id', 'Change a client', UPDATE_SCOPES),
      parameters: [idParameter],
      requestBody: { content: { 'application/json': { schema: updateClientSchema } } },
      responses: { '200': client, '400': unsound, '404': noClient },
    },
    delete: {
      ...operation('delete_clients_by_id', 'Delete a client and its grants', ['delete:clients']),
      parameters: [idParameter],
      responses: { '204': { description: 'The client is no more.' } },
    },
  },
  '/api/v2/clients/{id}/rotate-secret': {
    post: {
      ...operation('post_rotate_secret', 'Give a client a new secret', KEY_SCOPES),
      parameters: [idParameter],
      responses: { '200': withSecret, '404': noClient },
    },
  },
}
