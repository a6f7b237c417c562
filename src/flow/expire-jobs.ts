import { addSeconds, type Clock } from '../domain/clock.ts'
import { JOB_LIFETIME_SECONDS, JOB_MEMORY_SECONDS } from '../domain/job.ts'
import { jobPrefix } from '../domain/object-key.ts'
import type { JobStore } from '../jobs/job-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'

export interface ExpireJobsDeps {
  readonly jobs: JobStore
  readonly objects: ObjectStore
  readonly clock: Clock
  /** Told of each job that could not be taken away. */
  readonly onFailure: (error: unknown, jobId: string) => void
}

const BATCH = 100

/**
 * Takes away what is past its time: first a job's objects, then its row's content. Killed in between, the
 * next sweep finds the row unmarked and takes both again; removing nothing is fine (promise 7). A job whose files
 * cannot be removed is left for the next sweep, and keeps no other.
 */
export async function expireJobs(deps: ExpireJobsDeps, signal: AbortSignal): Promise<void> {
  const now = deps.clock.now()
  const expiry = addSeconds(now, -JOB_LIFETIME_SECONDS)
  await drain(
    { signal, onFailure: deps.onFailure },
    (failed) => deps.jobs.dueToExpire(expiry, BATCH, failed),
    async (id) => {
      await deps.objects.removeAll(jobPrefix(id))
      await deps.jobs.markExpired(id)
    },
  )
  const oblivion = addSeconds(now, -JOB_MEMORY_SECONDS)
  await drain(
    { signal, onFailure: deps.onFailure },
    (failed) => deps.jobs.dueToForget(oblivion, BATCH, failed),
    async (id) => {
      // Once more: a worker that had lost the job may have finished its file after the first removal.
      await deps.objects.removeAll(jobPrefix(id))
      await deps.jobs.forget(id)
    },
  )
}

interface Draining extends Pick<ExpireJobsDeps, 'onFailure'> {
  readonly signal: AbortSignal
}

async function drain(
  { signal, onFailure }: Draining,
  due: (failed: readonly string[]) => Promise<readonly string[]>,
  take: (id: string) => Promise<void>,
): Promise<void> {
  const failed: string[] = []
  for (let ids = await due(failed); ids.length > 0; ids = await due(failed)) {
    for (const id of ids) {
      signal.throwIfAborted()
      try {
        await take(id)
      } catch (error) {
        failed.push(id)
        onFailure(error, id)
      }
    }
  }
}
