import { type FindJobDeps, findJob } from '../../flow/find-job.ts'
import { defineRoute } from '../define-route.ts'
import { JOB, JOB_ID, renderJob } from '../render-job.ts'

/** At Auth0 a token with one of the scopes may read any job, so it may here. */
export const getJob = defineRoute({
  method: 'GET',
  path: '/api/v2/jobs/{id}',
  operationId: 'get_jobs_by_id',
  summary: 'Get a job; a completed export has a new link',
  scopes: ['create:users', 'read:users'],
  params: { id: JOB_ID },
  answers: { 200: { description: 'The job.', ...JOB }, 404: 'The job does not exist.' },
  handle: async ({ params, request }, deps: FindJobDeps) => {
    const found = await findJob(params.id, deps)
    // The link opens the file with all users, so a token that may only create users does not get it.
    const mayRead = request.bearer?.scope.includes('read:users') === true
    return renderJob(found.job, mayRead ? await found.link?.() : undefined)
  },
})
