import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../domain/clock.ts'
import type { Connection } from '../../domain/connection.ts'
import { Failure } from '../../domain/failure.ts'
import { newConnectionId } from '../../domain/ids.ts'
import type { JsonObject } from '../../domain/json.ts'
import { refuseUnsoundOptions } from '../../flow/check-options.ts'
import { type ConnectionFilter, listConnections } from '../../flow/list-connections.ts'
import { checkpointPage, type PageQuery } from '../../flow/page.ts'
import type { ClientGrantStore } from '../../tokens/client-store.ts'
import type { ConnectionStore } from '../../users/connection-store.ts'
import { requireScopes, type TokenVerifier } from '../authenticate.ts'
import { type PagedAnswer, pagingProperties, queryParameters, renderPage } from '../paged-list.ts'
import { type FieldSelection, fieldSelectionProperties, selectFields } from '../select-fields.ts'
import { validateBody, validateQuery } from '../validate.ts'

const listQuerySchema = {
  type: 'object',
  properties: {
    ...pagingProperties,
    strategy: {
      type: 'array',
      description: 'Only connections of these strategies.',
      items: { type: 'string' },
    },
    name: { type: 'string', description: 'Only the connection of this name.' },
    ...fieldSelectionProperties,
  },
}

interface ListQuery extends FieldSelection, PageQuery, ConnectionFilter {}

const createSchema = {
  type: 'object',
  required: ['name', 'strategy'],
  properties: {
    name: {
      type: 'string',
      description: 'The name of the connection.',
      pattern: '^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$',
      maxLength: 128,
    },
    strategy: {
      type: 'string',
      description: 'The identity provider identifier.',
      pattern: '^[a-z0-9_-]{1,64}$',
    },
    options: { type: 'object', description: 'Options of the connection.' },
  },
}

const updateSchema = {
  type: 'object',
  properties: {
    options: { type: 'object', description: 'Options of the connection; they replace all there were.' },
  },
}

interface CreateBody {
  readonly name: string
  readonly strategy: string
  readonly options?: JsonObject
}

export interface ConnectionRoutesDeps {
  readonly clientGrants: ClientGrantStore
  readonly connections: ConnectionStore
  readonly tokens: TokenVerifier
  readonly clock: Clock
  /** Without a slash at the end. */
  readonly publicUrl: string
}

/** `/api/v2/connections`. A list has three shapes: checkpoint, with totals, or a bare array (Auth0's order). */
export function connectionRoutes(app: FastifyInstance, deps: ConnectionRoutesDeps): void {
  const { connections, tokens, clock } = deps
  app.get(
    '/api/v2/connections',
    { onRequest: requireScopes(tokens, ['read:connections']) },
    async (request, reply) => {
      const query = validateQuery<ListQuery>(listQuerySchema, request.query)
      const parameters = listQuerySchema.properties
      const answer = { request, reply, parameters, publicUrl: deps.publicUrl }
      const [all, clients] = await Promise.all([listConnections(query, connections), enabledClients(deps)])
      return renderList({ all, clients }, query, answer)
    },
  )
  readRoute(app, deps)
  clientsRoute(app, deps)
  updateRoute(app, deps)
  app.post(
    '/api/v2/connections',
    { onRequest: requireScopes(tokens, ['create:connections']) },
    async (request, reply) => {
      const { name, strategy, options = {} } = validateBody<CreateBody>(createSchema, request.body ?? {})
      refuseUnsoundOptions(options)
      const connection = { id: newConnectionId(), name, strategy, options }
      if (!(await connections.add(connection))) {
        throw new Failure('connection_exists', 'A connection with the same name already exists')
      }
      return reply.code(201).send(rendered(connection, await enabledClients(deps)))
    },
  )
  app.delete<{ Params: { id: string } }>(
    '/api/v2/connections/:id',
    { onRequest: requireScopes(tokens, ['delete:connections']) },
    async (request, reply) => {
      if (!(await connections.remove(request.params.id))) unknownConnection()
      return reply.code(202).send({ deleted_at: clock.now().toISOString() })
    },
  )
}

function updateRoute(app: FastifyInstance, deps: ConnectionRoutesDeps): void {
  const { connections, tokens } = deps
  app.patch<{ Params: { id: string } }>(
    '/api/v2/connections/:id',
    { onRequest: requireScopes(tokens, ['update:connections']) },
    async (request) => {
      const { options } = validateBody<Partial<CreateBody>>(updateSchema, request.body ?? {})
      refuseUnsoundOptions(options)
      const { id } = request.params
      const changed = options === undefined ? connections.find(id) : connections.setOptions(id, options)
      return rendered((await changed) ?? unknownConnection(), await enabledClients(deps))
    },
  )
}

function readRoute(app: FastifyInstance, deps: ConnectionRoutesDeps): void {
  const { connections, tokens } = deps
  app.get<{ Params: { id: string } }>(
    '/api/v2/connections/:id',
    { onRequest: requireScopes(tokens, ['read:connections']) },
    async (request) => {
      const query = validateQuery<FieldSelection>(listQuerySchema, request.query)
      const connection = await connections.find(request.params.id)
      return selected(rendered(connection ?? unknownConnection(), await enabledClients(deps)), query)
    },
  )
}

const clientsQuerySchema = {
  type: 'object',
  properties: { from: pagingProperties.from, take: { ...pagingProperties.take, maximum: 1000 } },
}

// Asked by tools before they import, which stop unless it names a client.
function clientsRoute(app: FastifyInstance, deps: ConnectionRoutesDeps): void {
  app.get<{ Params: { id: string } }>(
    '/api/v2/connections/:id/clients',
    { onRequest: requireScopes(deps.tokens, ['read:connections']) },
    async (request) => {
      const query = validateQuery<PageQuery>(clientsQuerySchema, request.query)
      if ((await deps.connections.find(request.params.id)) === undefined) unknownConnection()
      const { entries, next } = checkpointPage(await enabledClients(deps), (id) => id, query)
      const clients = entries.map((id) => ({ client_id: id }))
      return { clients, ...(next === undefined ? {} : { next }) }
    },
  )
}

/** Connections are not switched on for single clients: whoever has a grant for this API works with all of them. */
async function enabledClients({ clientGrants }: ConnectionRoutesDeps): Promise<readonly string[]> {
  return (await clientGrants.list()).map(({ clientId }) => clientId)
}

interface Listed {
  readonly all: readonly Connection[]
  readonly clients: readonly string[]
}

// Older clients read enabled_clients in lists; the newer schemas, whose shape is the checkpoint, have it on a single connection only.
function renderList({ all, clients }: Listed, query: ListQuery, answer: PagedAnswer): unknown {
  const isCheckpoint = query.take !== undefined || query.from !== undefined
  const show = (connection: Connection): unknown => {
    const { enabled_clients: enabled, ...listed } = selected(rendered(connection, clients), query)
    return isCheckpoint || enabled === undefined ? listed : { ...listed, enabled_clients: enabled }
  }
  return renderPage({ member: 'connections', all, idOf: ({ id }) => id, show }, query, answer)
}

type Rendered = ReturnType<typeof rendered>

// Recorded: whatever fields are asked for, is_domain_connection comes too.
function selected(whole: Rendered, query: FieldSelection): Readonly<Record<string, unknown>> {
  const kept = selectFields(whole, query)
  return query.include_fields === false ? kept : { ...kept, is_domain_connection: whole.is_domain_connection }
}

function rendered(connection: Connection, clients: readonly string[]) {
  return {
    id: connection.id,
    options: connection.options,
    strategy: connection.strategy,
    name: connection.name,
    is_domain_connection: false,
    enabled_clients: clients,
    realms: [connection.name],
  }
}

function unknownConnection(): never {
  throw new Failure('connection_not_found', 'The connection does not exist')
}

const idParameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

export const connectionPaths = {
  '/api/v2/connections': {
    get: {
      operationId: 'get_connections',
      summary: 'List connections',
      security: [{ bearerAuth: ['read:connections'] }],
      parameters: queryParameters(listQuerySchema.properties),
      responses: { '200': { description: 'The connections.' } },
    },
    post: {
      operationId: 'post_connections',
      summary: 'Make a connection',
      security: [{ bearerAuth: ['create:connections'] }],
      requestBody: { content: { 'application/json': { schema: createSchema } } },
      responses: { '201': { description: 'The connection.' }, '409': { description: 'The name is taken.' } },
    },
  },
  '/api/v2/connections/{id}/clients': {
    get: {
      operationId: 'get_connection_clients',
      summary: 'Clients that may use a connection: those with a grant for this API',
      security: [{ bearerAuth: ['read:connections'] }],
      parameters: [idParameter, ...queryParameters(clientsQuerySchema.properties)],
      responses: {
        '200': { description: 'The clients.' },
        '404': { description: 'There is no such connection.' },
      },
    },
  },
  '/api/v2/connections/{id}': {
    get: {
      operationId: 'get_connections_by_id',
      summary: 'One connection',
      security: [{ bearerAuth: ['read:connections'] }],
      parameters: [idParameter],
      responses: { '200': { description: 'The connection.' }, '404': { description: 'There is none.' } },
    },
    patch: {
      operationId: 'patch_connections_by_id',
      summary: 'Replace the options of a connection',
      security: [{ bearerAuth: ['update:connections'] }],
      parameters: [idParameter],
      requestBody: { content: { 'application/json': { schema: updateSchema } } },
      responses: { '200': { description: 'The connection.' }, '404': { description: 'There is none.' } },
    },
    delete: {
      operationId: 'delete_connections_by_id',
      summary: 'Delete a connection and its users',
      security: [{ bearerAuth: ['delete:connections'] }],
      parameters: [idParameter],
      responses: { '202': { description: 'It is deleted.' }, '404': { description: 'There is none.' } },
    },
  },
}
