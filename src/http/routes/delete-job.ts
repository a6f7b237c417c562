import type { JobType } from '../../domain/job.ts'
import { type DeleteJobDeps, deleteJob as removeJob } from '../../flow/delete-job.ts'
import { insufficientScope } from '../authenticate.ts'
import { defineRoute } from '../define-route.ts'
import { WRITE_SCOPES } from '../member-scopes.ts'
import { JOB_ID } from '../render-job.ts'

/** Auth0 has no scope for deleting jobs, so a token needs one that may create such a job. */
const SCOPES: Readonly<Record<JobType, readonly string[]>> = {
  users_export: WRITE_SCOPES['post /api/v2/jobs/users-exports'].guard,
  users_import: WRITE_SCOPES['post /api/v2/jobs/users-imports'].guard,
  verification_email: WRITE_SCOPES['post /api/v2/jobs/verification-email'].guard,
}

export const deleteJob = defineRoute({
  method: 'DELETE',
  path: '/api/v2/jobs/{id}',
  operationId: 'delete_jobs_by_id',
  summary: 'Stop and delete a job and its file',
  description: 'The token needs the scope that creates such a job. Users whom an import has stored stay.',
  scopes: Object.values(SCOPES).flat(),
  params: { id: JOB_ID },
  answers: { 204: 'The job no longer exists.', 404: 'The job does not exist.' },
  handle: async ({ params, request }, deps: DeleteJobDeps) => {
    await removeJob(params.id, deps, (type) => {
      const wanted = SCOPES[type]
      if (!wanted.some((scope) => request.bearer?.scope.includes(scope))) throw insufficientScope(wanted)
    })
  },
})
