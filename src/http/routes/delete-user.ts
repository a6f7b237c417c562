import type { ChangeUserDeps } from '../../flow/change-user.ts'
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
  // No 404: Auth0 documents none for this endpoint.
  answers: { 204: 'The user no longer exists.' },
  handle: async ({ params }, { users }: Pick<ChangeUserDeps, 'users'>) => {
    await users.remove(params.id)
  },
})
