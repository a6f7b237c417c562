import type { Clock } from '../../domain/clock.ts'
import type { ConnectionStore } from '../../users/connection-store.ts'
import { defineRoute } from '../define-route.ts'
import { CONNECTION_ID, unknownConnection } from '../render-connection.ts'

interface DeleteConnectionDeps {
  readonly connections: ConnectionStore
  readonly clock: Clock
}

export const deleteConnection = defineRoute({
  method: 'DELETE',
  path: '/api/v2/connections/{id}',
  operationId: 'delete_connections_by_id',
  summary: 'Delete a connection and its users',
  scopes: ['delete:connections'],
  params: { id: CONNECTION_ID },
  answers: { 202: 'The connection is deleted.', 404: 'There is no such connection.' },
  handle: async ({ params }, { connections, clock }: DeleteConnectionDeps) => {
    if (!(await connections.remove(params.id))) unknownConnection()
    return { deleted_at: clock.now().toISOString() }
  },
})
