import { type ChangeUserDeps, findUser } from '../../flow/change-user.ts'
import { defineRoute } from '../define-route.ts'
import { FIELD_SELECTION, partOf, selectFields } from '../select-fields.ts'
import { USER, USER_ID } from '../user-schema.ts'

export const getUser = defineRoute({
  method: 'GET',
  path: '/api/v2/users/{id}',
  operationId: 'get_users_by_id',
  summary: 'Get a user',
  scopes: ['read:users'],
  rateGroup: 'read_users',
  logsPath: false,
  params: { id: USER_ID },
  query: FIELD_SELECTION,
  answers: { 200: { description: 'The user.', ...partOf(USER) }, 404: 'The user does not exist.' },
  handle: async ({ params, query }, deps: ChangeUserDeps) =>
    selectFields(await findUser(params.id, deps), query),
})
