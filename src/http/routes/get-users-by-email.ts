import { findByEmail, type SearchUsersDeps } from '../../flow/search-users.ts'
import { open, text } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'
import { fieldSelectionProperties, partOf } from '../select-fields.ts'
import { sendUsers } from '../send-users.ts'
import { USER } from '../user-schema.ts'

const BY_EMAIL_QUERY = open(['email'], {
  ...fieldSelectionProperties,
  email: text('Email address to search for (case-insensitive).', { minLength: 1 }),
})

const FOUND = partOf(USER)

export const getUsersByEmail = defineRoute({
  method: 'GET',
  path: '/api/v2/users-by-email',
  operationId: 'get_users-by-email',
  summary: 'List the users with an e-mail address',
  scopes: ['read:users'],
  rateGroup: 'read_users',
  query: BY_EMAIL_QUERY,
  answers: {
    200: {
      description: 'The users, or an empty array.',
      schema: { type: 'array', items: FOUND.schema },
      example: [FOUND.example],
    },
  },
  handle: async ({ query, reply }, deps: SearchUsersDeps) =>
    sendUsers(reply, await findByEmail(query.email, deps), query),
})
