import { addSeconds, type Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { LiveJob, Progress } from '../domain/job.ts'
import type { Run } from '../flow/run.ts'
import type { Claim, JobStore, Outcome } from '../jobs/job-store.ts'

export interface WorkerDeps {
  readonly jobs: JobStore
  readonly clock: Clock
  /** Does a job's work. What it throws decides: a Failure that may be retried gives the job back. */
  readonly run: (job: LiveJob, run: Run) => Promise<Outcome>
  /** Called when a job could not be settled, so that what its run made can be taken away. */
  readonly discard: (outcome: Outcome) => Promise<void>
  /** Called when a job is settled, so that what only its run needed can be taken away. */
  readonly settled: (job: LiveJob) => Promise<void>
  /** Told of what went wrong, for the log. */
  readonly onError: (error: unknown, jobId: string | undefined) => void
}

export interface WorkerOptions {
  /** Jobs at a time. */
  readonly concurrency: number
  /** How long a claim holds without being renewed. */
  readonly leaseSeconds: number
  /** How often a claim is renewed and progress noted: well below the lease. */
  readonly renewSeconds: number
  /** How often the queue is looked at when nobody says that there is something in it. */
  readonly pollSeconds: number
  /** How long `stop` lets jobs finish before it hands them back. */
  readonly graceSeconds: number
}

export interface Worker {
  /** Looks at the queue now. */
  wake(): void
  /** Claims nothing more, lets jobs finish for the grace time, hands the rest back. */
  stop(): Promise<void>
}

// A job whose worker died this often takes its workers with it: it is failed instead of tried for ever.
const CLAIMS_MAX = 5

/** Starts the loop: claim, run, settle. */
export function startWorker(deps: WorkerDeps, options: WorkerOptions): Worker {
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  let claiming: Promise<void> | undefined
  let isAskedAgain = false
  let isStopped = false

  async function fill(): Promise<void> {
    while (!isStopped && running.size < options.concurrency) {
      const claim = await deps.jobs.claim(deps.clock.now(), options.leaseSeconds)
      if (claim === undefined) return
      if (isStopped) return deps.jobs.handBack(claim)
      const task = workOn(claim, { deps, options, stopping: stopping.signal }).finally(() => {
        running.delete(task)
        wake()
      })
      running.add(task)
    }
  }
  function wake(): void {
    if (claiming !== undefined) isAskedAgain = true
    if (claiming !== undefined || isStopped) return
    isAskedAgain = false
    claiming = fill()
      .catch((error: unknown) => deps.onError(error, undefined))
      .finally(() => {
        claiming = undefined
        if (isAskedAgain) wake()
      })
  }
  const poll = setInterval(wake, options.pollSeconds * 1000)
  wake()
  return {
    wake,
    stop: async () => {
      isStopped = true
      clearInterval(poll)
      await claiming
      const grace = setTimeout(() => stopping.abort(), options.graceSeconds * 1000)
      while (running.size > 0) await Promise.all(running)
      clearTimeout(grace)
    },
  }
}

interface Loop {
  readonly deps: WorkerDeps
  readonly options: WorkerOptions
  readonly stopping: AbortSignal
}

// Never rejects: what happens to one job must not end the loop.
async function workOn(claim: Claim, loop: Loop): Promise<void> {
  const { deps } = loop
  const lost = new AbortController()
  const lease = keepLease(claim, loop, lost)
  const signal = AbortSignal.any([lost.signal, loop.stopping])
  try {
    const outcome = await attempt(claim, { loop, signal, report: lease.report })
    lease.stop()
    if (lost.signal.aborted) return
    if (outcome === 'again') return await deps.jobs.handBack(claim)
    if (await deps.jobs.settle(claim, outcome)) await deps.settled(claim.job)
    else await deps.discard(outcome)
  } catch (error) {
    // The database is gone: the lease runs out, and the job is claimed again by whoever comes first.
    deps.onError(error, claim.job.id)
  } finally {
    lease.stop()
  }
}

interface Attempt {
  readonly loop: Loop
  readonly signal: AbortSignal
  readonly report: (fraction: number) => void
}

async function attempt(claim: Claim, { loop, signal, report }: Attempt): Promise<Outcome | 'again'> {
  const { job, fence } = claim
  if (fence > CLAIMS_MAX) {
    const failure = new Failure(
      'job_abandoned',
      `The job was started ${CLAIMS_MAX} times and never finished.`,
    )
    return { kind: 'failed', details: failure.message }
  }
  try {
    return await loop.deps.run(job, { fence, signal, report })
  } catch (error) {
    if (signal.aborted) return 'again'
    loop.deps.onError(error, job.id)
    if (!(error instanceof Failure)) return { kind: 'failed', details: 'Internal error.' }
    return error.mayRetry && fence < CLAIMS_MAX ? 'again' : { kind: 'failed', details: error.message }
  }
}

function keepLease(
  claim: Claim,
  { deps, options }: Loop,
  lost: AbortController,
): { report: (fraction: number) => void; stop: () => void } {
  const startedAt = deps.clock.now()
  let fraction = 0
  let heldUntil = addSeconds(startedAt, options.leaseSeconds)
  let isRenewing = false
  async function renew(): Promise<void> {
    // A slow database must not gather a queue of renewals.
    if (isRenewing) return
    isRenewing = true
    const now = deps.clock.now()
    const lease = { seconds: options.leaseSeconds, progress: progressOf(fraction, startedAt, now) }
    try {
      if (await deps.jobs.renew(claim, now, lease)) heldUntil = addSeconds(now, options.leaseSeconds)
      else lost.abort()
    } catch (error) {
      deps.onError(error, claim.job.id)
      // A claim that could not be renewed in time is somebody else's by now.
      if (deps.clock.now() >= heldUntil) lost.abort()
    } finally {
      isRenewing = false
    }
  }
  const timer = setInterval(() => void renew(), options.renewSeconds * 1000)
  return {
    report: (done) => {
      fraction = done
    },
    stop: () => clearInterval(timer),
  }
}

/** What is left at the pace so far, rounded up: a client may sleep for it (one is known to). */
export function progressOf(fraction: number, startedAt: Date, now: Date): Progress {
  const percentageDone = Math.floor(fraction * 100)
  if (fraction === 0) return { percentageDone }
  const elapsedSeconds = (now.getTime() - startedAt.getTime()) / 1000
  return { percentageDone, timeLeftSeconds: Math.ceil((elapsedSeconds * (1 - fraction)) / fraction) }
}
