import type { ClientGrantStore } from '../../tokens/client-store.ts'
import type { ConnectionStore } from '../../users/connection-store.ts'
import { defineRoute } from '../define-route.ts'
import {
  CONNECTION,
  CONNECTION_ID,
  enabledClients,
  renderConnection,
  selectedConnection,
  unknownConnection,
} from '../render-connection.ts'
import { FIELD_SELECTION, partOf } from '../select-fields.ts'

interface GetConnectionDeps {
  readonly clientGrants: ClientGrantStore
  readonly connections: ConnectionStore
}

export const getConnection = defineRoute({
  method: 'GET',
  path: '/api/v2/connections/{id}',
  operationId: 'get_connections_by_id',
  summary: 'One connection',
  scopes: ['read:connections'],
  rateGroup: 'read_connections',
  params: { id: CONNECTION_ID },
  query: FIELD_SELECTION,
  answers: {
    200: { description: 'The connection.', ...partOf(CONNECTION) },
    404: 'There is no such connection.',
  },
  handle: async ({ params, query }, { connections, clientGrants }: GetConnectionDeps) => {
    const connection = (await connections.find(params.id)) ?? unknownConnection()
    return selectedConnection(renderConnection(connection, await enabledClients(clientGrants)), query)
  },
})
