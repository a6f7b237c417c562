import type { Connection } from '../../domain/connection.ts'
import { listConnections } from '../../flow/list-connections.ts'
import { list, open, TEXT, text } from '../../schema/build.ts'
import { type AtPublicUrl, defineRoute } from '../define-route.ts'
import { pageOf, pagingProperties, renderPage } from '../paged-list.ts'
import {
  CONNECTION,
  type ConnectionDeps,
  enabledClients,
  renderConnection,
  selectedConnection,
} from '../render-connection.ts'
import { fieldSelectionProperties, partOf } from '../select-fields.ts'

const LIST_QUERY = open([], {
  ...pagingProperties,
  strategy: list('Only connections of these strategies.', TEXT),
  name: text('Only the connection of this name.'),
  ...fieldSelectionProperties,
})

export const getConnections = defineRoute({
  method: 'GET',
  path: '/api/v2/connections',
  operationId: 'get_connections',
  summary: 'List connections',
  scopes: ['read:connections'],
  rateGroup: 'read_connections',
  query: LIST_QUERY,
  answers: { 200: { description: 'The connections.', ...pageOf('connections', partOf(CONNECTION)) } },
  handle: async (
    { query, request, reply },
    { connections, clientGrants, publicUrl }: ConnectionDeps & AtPublicUrl,
  ) => {
    const [all, clients] = await Promise.all([
      listConnections(query, connections),
      enabledClients(clientGrants),
    ])
    const isCheckpoint = query.take !== undefined || query.from !== undefined
    // Clients of Auth0 read `enabled_clients` in lists, but its newer lists by checkpoint do not have it.
    const show = (connection: Connection): unknown => {
      const whole = renderConnection(connection, clients)
      const { enabled_clients: enabled, ...listed } = selectedConnection(whole, query)
      return isCheckpoint || enabled === undefined ? listed : { ...listed, enabled_clients: enabled }
    }
    const paged = { member: 'connections', all, idOf: ({ id }: Connection) => id, show }
    return renderPage(paged, query, { request, reply, parameters: LIST_QUERY.properties, publicUrl })
  },
})
