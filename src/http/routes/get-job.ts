import { type FindJobDeps, type FoundJob, findJob } from '../../flow/find-job.ts'
import { defineRoute } from '../define-route.ts'
import { JOB, JOB_ID, renderJob } from '../render-job.ts'

interface GetJobDeps extends FindJobDeps {
  /** Without a slash at the end. */
  readonly publicUrl: string
}

/** Any holder of the scope may read any job, as at Auth0. */
export const getJob = defineRoute({
  method: 'GET',
  path: '/api/v2/jobs/{id}',
  operationId: 'get_jobs_by_id',
  summary: 'A job as it stands; a completed export carries a fresh link',
  scopes: ['create:users', 'read:users'],
  params: { id: JOB_ID },
  answers: { 200: { description: 'The job.', ...JOB }, 404: 'There is no such job.' },
  handle: async ({ params, request }, deps: GetJobDeps) => {
    const found = await findJob(params.id, deps)
    // The link opens the file of all users. A token that may only create users does not get it.
    const mayRead = request.bearer?.scope.includes('read:users') === true
    return renderJob(found.job, mayRead ? locationOf(found, deps.publicUrl) : undefined)
  },
})

function locationOf(found: FoundJob, publicUrl: string): string | undefined {
  if (found.link === undefined) return undefined
  const { expires, signature } = found.link.query
  return `${publicUrl}/downloads/${found.link.objectKey}?expires=${expires}&signature=${signature}`
}
