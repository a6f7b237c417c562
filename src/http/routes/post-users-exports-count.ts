import { type CountExportDeps, countExport } from '../../flow/count-export.ts'
import { closed } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'
import { EXPORT_REQUEST, orderOf } from '../export-schema.ts'

const COUNT = closed(['users', 'is_estimate'], {
  users: {
    type: 'integer',
    description: 'The number of users in the file, and of deletions if the file names them.',
  },
  is_estimate: { type: 'boolean', description: 'True if counting would have taken too long.' },
})

/** Auth0 has no such endpoint. */
export const postUsersExportsCount = defineRoute({
  method: 'POST',
  path: '/api/v2/jobs/users-exports/count',
  operationId: 'post_users-exports-count',
  summary: 'Count the users of an export, without a job',
  scopes: ['read:users'],
  rateGroup: 'read_users',
  body: EXPORT_REQUEST,
  takesForm: true,
  answers: {
    200: {
      description: 'The number of users.',
      schema: COUNT,
      example: { users: 12345, is_estimate: false },
    },
    400: 'The request is not valid, or the connection does not exist.',
    409: 'Muster no longer knows all deletions after `since`.',
    503: 'The database is too busy for an estimate.',
  },
  handle: async ({ body }, deps: CountExportDeps) => {
    const { users, isEstimate } = await countExport(orderOf(body), deps)
    return { users, is_estimate: isEstimate }
  },
})
