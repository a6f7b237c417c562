import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { type Job, jobAt } from '../domain/job.ts'
import type { JobStore } from '../jobs/job-store.ts'

export interface Watcher {
  /** Gets the job after each look, and undefined if there is no such job. */
  readonly see: (job: Job | undefined) => void
  /** Called when the process stops, so that the client can continue at another process. */
  readonly end: () => void
}

export interface JobWatch {
  /** Returns a function that ends the watch. Fails with `watchers_too_many`. */
  watch(id: string, watcher: Watcher): () => void
  /** Ends all watches. Later ones end as soon as they begin. */
  stop(): void
}

export interface JobWatchOptions {
  readonly jobs: Pick<JobStore, 'findAll'>
  readonly clock: Clock
  readonly everySeconds: number
  readonly watchersMax: number
  /** Called for the first of several failures in a row, so that an outage of the database is reported once. */
  readonly onError: (error: unknown) => void
}

// Sent as `Retry-After` if all places are taken. A place is free as soon as the watch of another client ends.
const RETRY_SECONDS = 5

/**
 * One statement at a time looks at all jobs that are watched, however many watchers they have. Between two looks no
 * connection of the database is held. The job's row says how a job stands, so a watcher may be in any process.
 */
export function newJobWatch({ jobs, clock, everySeconds, watchersMax, onError }: JobWatchOptions): JobWatch {
  const watched = new Map<string, Set<Watcher>>()
  let watchers = 0
  let isStopped = false
  let isFailing = false
  let next: NodeJS.Timeout | undefined
  async function look(): Promise<void> {
    const ids = [...watched.keys()]
    const found = new Map((await jobs.findAll(ids)).map((job) => [job.id, job]))
    const now = clock.now()
    for (const id of ids) {
      const job = found.get(id)
      for (const { see } of watched.get(id) ?? []) see(job === undefined ? undefined : jobAt(job, now))
    }
  }
  function plan(): void {
    if (isStopped || watchers === 0) return
    next ??= setTimeout(() => {
      void look()
        .then(() => {
          isFailing = false
        })
        .catch((error: unknown) => {
          if (!isFailing) onError(error)
          isFailing = true
        })
        .finally(() => {
          next = undefined
          plan()
        })
    }, everySeconds * 1000)
  }
  return {
    watch: (id, watcher) => {
      if (watchers >= watchersMax) throw tooMany(watchersMax)
      const ofJob = watched.get(id) ?? new Set()
      watched.set(id, ofJob.add(watcher))
      watchers++
      // Not at once, since the caller does not yet have the function that ends the watch.
      if (isStopped) setImmediate(watcher.end)
      plan()
      return () => {
        if (!ofJob.delete(watcher)) return
        watchers--
        if (ofJob.size === 0) watched.delete(id)
      }
    },
    stop: () => {
      isStopped = true
      clearTimeout(next)
      for (const ofJob of watched.values()) for (const { end } of ofJob) end()
    },
  }
}

function tooMany(watchersMax: number): Failure {
  return new Failure(
    'watchers_too_many',
    `${watchersMax} clients already watch jobs of this process. Try again later, or ask for the job itself.`,
    { headers: { 'retry-after': String(RETRY_SECONDS) } },
  )
}
