import { type ChangeUserDeps, removeUser } from '../../flow/change-user.ts'
import { defineRoute } from '../define-route.ts'
import { USER_ID } from '../user-schema.ts'

export const deleteUser = defineRoute({
  method: 'DELETE',
  path: '/api/v2/users/{id}',
  operationId: 'delete_users_by_id',
  summary: 'Delete a user',
  scopes: ['delete:users'],
  rateGroup: 'write_users',
  logsPath: false,
  params: { id: USER_ID },
  answers: { 204: 'The user no longer exists.' },
  handle: async ({ params }, deps: ChangeUserDeps) => {
    await removeUser(params.id, deps)
  },
})
