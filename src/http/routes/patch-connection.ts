import { refuseUnsoundOptions } from '../../flow/check-options.ts'
import type { Schema } from '../../schema/check.ts'
import type { ClientGrantStore } from '../../tokens/client-store.ts'
import type { ConnectionStore } from '../../users/connection-store.ts'
import { defineRoute } from '../define-route.ts'
import {
  CONNECTION,
  CONNECTION_ID,
  enabledClients,
  renderConnection,
  unknownConnection,
} from '../render-connection.ts'

const CONNECTION_PATCH = {
  type: 'object',
  properties: {
    options: { type: 'object', description: 'Options of the connection; they replace all there were.' },
  },
} as const satisfies Schema

interface PatchConnectionDeps {
  readonly clientGrants: ClientGrantStore
  readonly connections: ConnectionStore
}

export const patchConnection = defineRoute({
  method: 'PATCH',
  path: '/api/v2/connections/{id}',
  operationId: 'patch_connections_by_id',
  summary: 'Replace the options of a connection',
  scopes: ['update:connections'],
  params: { id: CONNECTION_ID },
  body: CONNECTION_PATCH,
  answers: { 200: { description: 'The connection.', ...CONNECTION }, 404: 'There is no such connection.' },
  handle: async (
    { params: { id }, body: { options } },
    { connections, clientGrants }: PatchConnectionDeps,
  ) => {
    refuseUnsoundOptions(options)
    const changed = options === undefined ? connections.find(id) : connections.setOptions(id, options)
    return renderConnection((await changed) ?? unknownConnection(), await enabledClients(clientGrants))
  },
})
