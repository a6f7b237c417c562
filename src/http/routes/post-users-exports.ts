import { type RequestExportDeps, requestExport } from '../../flow/request-export.ts'
import { defineRoute } from '../define-route.ts'
import { EXPORT_REQUEST, orderOf } from '../export-schema.ts'
import { clientKeyOf, KEY_HEADER, KEY_REUSED } from '../idempotency-key.ts'
import { JOB, renderJob } from '../render-job.ts'
import { originOf } from '../request-id.ts'

/** Answers 200 and not 201, as Auth0 does. */
export const postUsersExports = defineRoute({
  method: 'POST',
  path: '/api/v2/jobs/users-exports',
  operationId: 'post_users-exports',
  summary: 'Create a job that exports users',
  scopes: ['read:users'],
  headers: KEY_HEADER,
  body: EXPORT_REQUEST,
  takesForm: true,
  answers: {
    200: { description: 'The pending job, or the job that the key has made.', ...JOB },
    400: 'The request is not valid, or the connection does not exist.',
    409: 'Muster no longer knows all deletions after `since`.',
    422: KEY_REUSED,
  },
  handle: async ({ body, request }, deps: RequestExportDeps) => {
    const job = await requestExport(
      orderOf(body),
      { ...deps, origin: originOf(request) },
      clientKeyOf(request),
    )
    request.jobId = job.id
    return renderJob(job)
  },
})
