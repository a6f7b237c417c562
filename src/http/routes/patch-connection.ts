import { refuseUnsoundOptions } from '../../flow/check-options.ts'
import { open } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'
import { CONNECTION, CONNECTION_ID, type ConnectionDeps, foundConnection } from '../render-connection.ts'

const CONNECTION_PATCH = open([], {
  options: {
    type: 'object',
    description: 'New options of the connection. They replace all earlier options.',
  },
})

export const patchConnection = defineRoute({
  method: 'PATCH',
  path: '/api/v2/connections/{id}',
  operationId: 'patch_connections_by_id',
  summary: 'Replace the options of a connection',
  scopes: ['update:connections'],
  params: { id: CONNECTION_ID },
  body: CONNECTION_PATCH,
  answers: { 200: { description: 'The connection.', ...CONNECTION }, 404: 'The connection does not exist.' },
  handle: async ({ params: { id }, body: { options } }, deps: ConnectionDeps) => {
    refuseUnsoundOptions(options)
    const { connections } = deps
    const changed = options === undefined ? connections.find(id) : connections.setOptions(id, options)
    return foundConnection(await changed, deps)
  },
})
