import { activeUsers, type UserStatsDeps } from '../../flow/user-stats.ts'
import { defineRoute } from '../define-route.ts'

const USERS = {
  type: 'number',
  description: 'Number of users who logged in during the last 30 days.',
} as const

export const getStatsActiveUsers = defineRoute({
  method: 'GET',
  path: '/api/v2/stats/active-users',
  operationId: 'get_active-users',
  summary: 'Count the users who logged in during the last 30 days',
  scopes: ['read:stats'],
  answers: {
    200: { description: 'The number of users.', schema: USERS, example: 1234 },
    503: 'The users could not be counted within two seconds.',
  },
  handle: (_, deps: UserStatsDeps) => activeUsers(deps),
})
