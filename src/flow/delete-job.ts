import type { Clock } from '../domain/clock.ts'
import type { JobType } from '../domain/job.ts'
import { jobPrefix } from '../domain/object-key.ts'
import type { JobStore } from '../jobs/job-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { jobNotFound, liveJob } from './find-job.ts'

export interface DeleteJobDeps {
  readonly jobs: Pick<JobStore, 'find' | 'forget'>
  readonly objects: Pick<ObjectStore, 'removeAll'>
  readonly clock: Clock
  /** For a worker in this thread, which would stop only at its next renewal. The database notifies all others. */
  readonly drop: (jobId: string) => void
}

/**
 * The row goes first, so that no worker can complete a job whose files were removed. A worker that runs the job stops
 * at once, or at its next renewal if no notice reaches it. If the files cannot be removed, or the process is killed in
 * between, the sweeper removes them. Fails with `job_not_found`, or as `allow` does.
 */
export async function deleteJob(
  id: string,
  { jobs, objects, clock, drop }: DeleteJobDeps,
  allow: (type: JobType) => void,
): Promise<void> {
  const { type } = await liveJob(id, { jobs, clock })
  allow(type)
  if (!(await jobs.forget(id))) throw jobNotFound()
  drop(id)
  await objects.removeAll(jobPrefix(id))
}
