import { addSeconds, type Clock } from '../domain/clock.ts'
import { JOB_LIFETIME_SECONDS, JOB_MEMORY_SECONDS } from '../domain/job.ts'
import { jobPrefix } from '../domain/object-key.ts'
import type { JobStore } from '../jobs/job-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'

export interface ExpireJobsDeps {
  readonly jobs: JobStore
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly onFailure: (error: unknown, jobId: string) => void
}

const BATCH = 100

/**
 * The objects of an expired job go first, then the content of its row. If the process is killed in between, the next
 * sweep finds the row and removes both again (promise 7). A job whose objects cannot be removed waits for the next
 * sweep. It does not stop the other jobs.
 */
export async function expireJobs(deps: ExpireJobsDeps, signal: AbortSignal): Promise<void> {
  const { jobs, clock } = deps
  const now = clock.now()
  const expiry = addSeconds(now, -JOB_LIFETIME_SECONDS)
  await drain(deps, signal, {
    due: (failed) => jobs.dueToExpire(expiry, BATCH, failed),
    end: (id) => jobs.markExpired(id),
  })
  const oblivion = addSeconds(now, -JOB_MEMORY_SECONDS)
  // Objects are removed again: a worker that had lost the job may have finished its file after the first removal.
  await drain(deps, signal, {
    due: (failed) => jobs.dueToForget(oblivion, BATCH, failed),
    end: (id) => jobs.forget(id),
  })
}

interface Stage {
  readonly due: (failed: readonly string[]) => Promise<readonly string[]>
  readonly end: (id: string) => Promise<unknown>
}

async function drain(
  { objects, onFailure }: ExpireJobsDeps,
  signal: AbortSignal,
  { due, end }: Stage,
): Promise<void> {
  const failed: string[] = []
  for (let ids = await due(failed); ids.length > 0; ids = await due(failed)) {
    for (const id of ids) {
      signal.throwIfAborted()
      try {
        await objects.removeAll(jobPrefix(id))
        await end(id)
      } catch (error) {
        failed.push(id)
        onFailure(error, id)
      }
    }
  }
}
