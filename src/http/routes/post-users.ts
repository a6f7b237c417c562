import { addUser, type ChangeUserDeps } from '../../flow/change-user.ts'
import { defineRoute } from '../define-route.ts'
import { NEW_USER, splitUser, USER } from '../user-schema.ts'

export const postUsers = defineRoute({
  method: 'POST',
  path: '/api/v2/users',
  operationId: 'post_users',
  summary: 'Add a user',
  scopes: ['create:users'],
  rateGroup: 'write_users',
  body: NEW_USER,
  answers: {
    201: { description: 'The user.', ...USER },
    409: 'Another user has the same email, phone number, id or username.',
  },
  handle: async ({ body }, deps: ChangeUserDeps) => {
    const { attributes, connection = '', password } = splitUser(body)
    return addUser({ connection, attributes, password: password ?? undefined }, deps)
  },
})
