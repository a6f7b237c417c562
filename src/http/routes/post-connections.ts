import { Failure } from '../../domain/failure.ts'
import { newConnectionId } from '../../domain/ids.ts'
import { refuseUnsoundOptions } from '../../flow/check-options.ts'
import { open, text } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'
import { CONNECTION, type ConnectionDeps, foundConnection } from '../render-connection.ts'

const NEW_CONNECTION = open(['name', 'strategy'], {
  name: text('The name of the connection.', {
    pattern: '^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$',
    maxLength: 128,
  }),
  strategy: text('The identity provider identifier.', { pattern: '^[a-z0-9_-]{1,64}$' }),
  options: { type: 'object', description: 'Options of the connection.' },
})

export const postConnections = defineRoute({
  method: 'POST',
  path: '/api/v2/connections',
  operationId: 'post_connections',
  summary: 'Create a connection',
  scopes: ['create:connections'],
  body: NEW_CONNECTION,
  answers: { 201: { description: 'The connection.', ...CONNECTION }, 409: 'The name is taken.' },
  handle: async ({ body }, deps: ConnectionDeps) => {
    const { name, strategy, options = {} } = body
    refuseUnsoundOptions(options)
    const connection = { id: newConnectionId(), name, strategy, options }
    if (!(await deps.connections.add(connection))) {
      throw new Failure('connection_exists', 'A connection with the same name already exists')
    }
    return foundConnection(connection, deps)
  },
})
