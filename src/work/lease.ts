import type { Clock, Stopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Amounts, Progress } from '../domain/job.ts'
import type { Report } from '../flow/run.ts'
import type { Claim, JobStore } from '../jobs/job-store.ts'

interface LeaseKeeping {
  readonly deps: {
    readonly jobs: Pick<JobStore, 'renew'>
    readonly clock: Clock
    readonly stopwatch: Stopwatch
    readonly onError: (error: unknown, job: Claim['job']) => void
  }
  readonly options: {
    readonly leaseSeconds: number
    readonly renewSeconds: number
    readonly openingSeconds: number
    readonly stallSeconds: number
  }
  /**
   * Aborted if the job was deleted, or if another worker has or may have it. If the run stalls, the reason of the abort
   * is a failure `job_stalled`.
   */
  readonly lost: AbortController
}

interface Lease {
  readonly report: Report
  readonly stop: () => void
}

/**
 * Renews the lease while the run moves. The lease of a stalled run must expire, or no other worker could claim the job
 * and it would be `processing` for ever.
 */
export function keepLease(claim: Claim, { deps, options, lost }: LeaseKeeping): Lease {
  const startedAt = deps.clock.now()
  let done: Done = { fraction: 0 }
  let hasMoved = false
  let movedAt = deps.stopwatch.seconds()
  let heldUntil = movedAt + options.leaseSeconds
  let isRenewing = false
  const standing = (): Failure | undefined => {
    const bound = hasMoved ? options.stallSeconds : options.openingSeconds
    if (deps.stopwatch.seconds() - movedAt < bound) return undefined
    return new Failure('job_stalled', `The job did not move for ${bound} seconds.`)
  }
  async function renew(): Promise<void> {
    const stall = standing()
    if (stall !== undefined) return lost.abort(stall)
    // If the database is slow, renewals must not queue up.
    if (isRenewing) return
    isRenewing = true
    const askedAt = deps.stopwatch.seconds()
    const now = deps.clock.now()
    const lease = { seconds: options.leaseSeconds, progress: progressOf(done, startedAt, now) }
    try {
      if (await deps.jobs.renew(claim, now, lease)) heldUntil = askedAt + options.leaseSeconds
      else lost.abort()
    } catch (error) {
      deps.onError(error, claim.job)
      // The lease has expired, so another worker may have the job.
      if (deps.stopwatch.seconds() >= heldUntil) lost.abort()
    } finally {
      isRenewing = false
    }
  }
  const timer = setInterval(() => void renew(), options.renewSeconds * 1000)
  return {
    report: (fraction, amounts) => {
      done = { fraction, ...(amounts === undefined ? {} : { amounts }) }
      hasMoved = true
      movedAt = deps.stopwatch.seconds()
    },
    stop: () => clearInterval(timer),
  }
}

interface Done {
  readonly fraction: number
  readonly amounts?: Amounts
}

/** The time left is rounded up, because clients sleep for this many seconds: zero would make them ask without a pause. */
export function progressOf({ fraction, amounts }: Done, startedAt: Date, now: Date): Progress {
  const percentageDone = Math.floor(fraction * 100)
  const elapsedSeconds = (now.getTime() - startedAt.getTime()) / 1000
  const usersPerSecond = Math.round((amounts?.users ?? 0) / Math.max(elapsedSeconds, 1))
  return {
    percentageDone,
    ...(fraction === 0 ? {} : { timeLeftSeconds: Math.ceil((elapsedSeconds * (1 - fraction)) / fraction) }),
    ...(amounts === undefined ? {} : { amounts: { ...amounts, usersPerSecond } }),
  }
}
