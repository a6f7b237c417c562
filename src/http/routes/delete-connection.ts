import type { Clock } from '../../domain/clock.ts'
import { closed, text } from '../../schema/build.ts'
import type { ConnectionStore } from '../../users/connection-store.ts'
import { defineRoute, type Shape } from '../define-route.ts'
import { CONNECTION_ID, unknownConnection } from '../render-connection.ts'

const DELETED: Shape = {
  schema: closed(['deleted_at'], { deleted_at: text('The timestamp of the deletion (ISO 8601).') }),
  example: { deleted_at: '2026-01-31T12:00:00.000Z' },
}

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
  answers: {
    202: { description: 'The connection and its users are deleted.', ...DELETED },
    404: 'The connection does not exist.',
  },
  handle: async ({ params }, { connections, clock }: DeleteConnectionDeps) => {
    if (!(await connections.remove(params.id))) unknownConnection()
    return { deleted_at: clock.now().toISOString() }
  },
})
