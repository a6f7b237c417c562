import { given } from '../../domain/given.ts'
import { checkpointPage } from '../../flow/page.ts'
import { closed, open } from '../../schema/build.ts'
import { defineRoute, type Shape } from '../define-route.ts'
import { checkpointPageOf, pagingProperties } from '../paged-list.ts'
import { CLIENT_ID } from '../render-client.ts'
import {
  CONNECTION_ID,
  type ConnectionDeps,
  enabledClients,
  unknownConnection,
} from '../render-connection.ts'

const CLIENTS_QUERY = open([], {
  from: pagingProperties.from,
  take: { ...pagingProperties.take, maximum: 1000 },
})

const CLIENTS: Shape = {
  schema: checkpointPageOf('clients', {
    type: 'array',
    items: closed(['client_id'], { client_id: CLIENT_ID }),
  }),
  example: { clients: [{ client_id: '0123456789abcdefghijABCDEFGHIJ01' }] },
}

/** Migration tools call this before an import, and stop if the list is empty. */
export const getConnectionClients = defineRoute({
  method: 'GET',
  path: '/api/v2/connections/{id}/clients',
  operationId: 'get_connection_clients',
  summary: 'Clients that may use a connection: those with a grant for this API',
  scopes: ['read:connections'],
  rateGroup: 'read_connections',
  params: { id: CONNECTION_ID },
  query: CLIENTS_QUERY,
  answers: { 200: { description: 'The clients.', ...CLIENTS }, 404: 'The connection does not exist.' },
  handle: async ({ params, query }, { connections, clientGrants }: ConnectionDeps) => {
    if ((await connections.find(params.id)) === undefined) unknownConnection()
    const { entries, next } = checkpointPage(await enabledClients(clientGrants), (id) => id, query)
    return given({ clients: entries.map((id) => ({ client_id: id })), next })
  },
})
