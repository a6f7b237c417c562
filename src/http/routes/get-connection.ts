import { defineRoute } from '../define-route.ts'
import {
  CONNECTION,
  CONNECTION_ID,
  type ConnectionDeps,
  foundConnection,
  selectedConnection,
} from '../render-connection.ts'
import { FIELD_SELECTION, partOf } from '../select-fields.ts'

export const getConnection = defineRoute({
  method: 'GET',
  path: '/api/v2/connections/{id}',
  operationId: 'get_connections_by_id',
  summary: 'Get a connection',
  scopes: ['read:connections'],
  rateGroup: 'read_connections',
  params: { id: CONNECTION_ID },
  query: FIELD_SELECTION,
  answers: {
    200: { description: 'The connection.', ...partOf(CONNECTION) },
    404: 'The connection does not exist.',
  },
  handle: async ({ params, query }, deps: ConnectionDeps) =>
    selectedConnection(await foundConnection(await deps.connections.find(params.id), deps), query),
})
