import { type ChangeUserDeps, changeUser } from '../../flow/change-user.ts'
import { defineRoute } from '../define-route.ts'
import { requireMemberScopes, WRITE_SCOPES } from '../member-scopes.ts'
import { splitUser, USER, USER_ID, USER_PATCH } from '../user-schema.ts'

export const patchUser = defineRoute({
  method: 'PATCH',
  path: '/api/v2/users/{id}',
  operationId: 'patch_users_by_id',
  summary: 'Change a user',
  scopes: WRITE_SCOPES['patch /api/v2/users/{id}'].guard,
  rateGroup: 'write_users',
  logsPath: false,
  params: { id: USER_ID },
  body: USER_PATCH,
  answers: {
    200: { description: 'The user.', ...USER },
    404: 'The user does not exist.',
    409: 'Another user has the same email, phone number, id or username.',
  },
  handle: async ({ params, body, request }, deps: ChangeUserDeps) => {
    requireMemberScopes('patch /api/v2/users/{id}', Object.keys(body), request)
    return changeUser(params.id, splitUser(body), deps)
  },
})
