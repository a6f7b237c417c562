import { addSeconds, type Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { type ImportError, JOB_LIFETIME_SECONDS, JOB_MEMORY_SECONDS, type Job } from '../domain/job.ts'
import { type LinkQuery, signLink } from '../download/link.ts'
import type { JobStore } from '../jobs/job-store.ts'

export interface FindJobDeps {
  readonly jobs: JobStore
  readonly clock: Clock
  readonly linkSecret: Uint8Array
}

export interface FoundJob {
  readonly job: Job
  /** Signed now; only for a completed export. */
  readonly link?: { readonly objectKey: string; readonly query: LinkQuery }
}

/**
 * A job as it stands now, with a fresh link to its file. Age is read from the clock, not from what the
 * sweeper has done so far. Fails with `job_not_found`.
 */
export async function findJob(id: string, deps: FindJobDeps): Promise<FoundJob> {
  const job = await liveJob(id, deps)
  if (job.type !== 'users_export' || job.status !== 'completed' || job.objectKey === undefined) return { job }
  const notAfter = addSeconds(job.createdAt, JOB_LIFETIME_SECONDS)
  const query = signLink(job.objectKey, { secret: deps.linkSecret, clock: deps.clock, notAfter })
  return { job, link: { objectKey: job.objectKey, query } }
}

/** What went wrong in a job: refused users, or the failed job itself, or nothing. Fails with `job_not_found`. */
export async function findJobErrors(id: string, deps: FindJobDeps): Promise<readonly ImportError[] | Job> {
  const job = await liveJob(id, deps, 'The job does not exist')
  if (job.status === 'failed') return job
  return job.status === 'completed' && job.type === 'users_import' ? deps.jobs.errors(id) : []
}

async function liveJob(id: string, deps: FindJobDeps, unknown = 'Job not found.'): Promise<Job> {
  const job = await deps.jobs.find(id)
  const now = deps.clock.now()
  if (job === undefined || now >= addSeconds(job.createdAt, JOB_MEMORY_SECONDS)) {
    throw new Failure('job_not_found', unknown)
  }
  if (now < addSeconds(job.createdAt, JOB_LIFETIME_SECONDS)) return job
  return { id: job.id, type: job.type, status: 'expired', createdAt: job.createdAt }
}
