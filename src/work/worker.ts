import { abortableWithin } from '../domain/abort.ts'
import type { Clock, Stopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { ImportSummary, JobType, LiveJob } from '../domain/job.ts'
import type { Run } from '../flow/run.ts'
import type { Claim, JobStore, Outcome } from '../jobs/job-store.ts'
import { keepLease } from './lease.ts'

export interface WorkerDeps {
  readonly jobs: JobStore
  readonly clock: Clock
  readonly stopwatch: Stopwatch
  /** Does a job's work. What it throws decides: a Failure that may be retried gives the job back. */
  readonly run: (job: LiveJob, run: Run) => Promise<Outcome>
  /** Called when a job could not be settled, so that what its run made can be taken away. */
  readonly discard: (outcome: Outcome) => Promise<void>
  /** Called when a job is settled, so that what only its run needed can be taken away. */
  readonly settled: (job: LiveJob, outcome: Outcome) => Promise<void>
  /** What a job that is given up in the middle has done: of an import what is stored. */
  readonly doneSoFar: (job: LiveJob) => Promise<ImportSummary | undefined>
  /** Told of what went wrong, for the log. */
  readonly onError: (error: unknown, jobId: string | undefined) => void
}

export interface WorkerOptions {
  /** The kind of jobs that it takes; absent means every kind. */
  readonly type?: JobType
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
  /** How long a run may take to end once it must: after that nobody waits for it, and its fence keeps it from harm. */
  readonly endSeconds: number
  /** How long a job may be silent at first, while the database counts and sorts. */
  readonly openingSeconds: number
  /** How long a job may be silent once it has moved. */
  readonly stallSeconds: number
  /** How long a job waits after a passing failure, after the second, and so on; then it fails. */
  readonly retryPauses: readonly number[]
}

export interface Worker {
  /** Looks at the queue now. */
  wake(): void
  /** Claims nothing more, lets jobs finish for the grace time, hands the rest back. */
  stop(): Promise<void>
}

// A job whose worker died this often takes its workers with it: it is failed instead of tried for ever.
const CRASHES_MAX = 5

/** Starts the loop: claim, run, settle. */
export function startWorker(deps: WorkerDeps, options: WorkerOptions): Worker {
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  let claiming: Promise<void> | undefined
  let isAskedAgain = false
  let isStopped = false

  async function fill(): Promise<void> {
    while (!isStopped && running.size < options.concurrency) {
      const claim = await deps.jobs.claim(deps.clock.now(), options.leaseSeconds, options.type)
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
      // On the embedded engine a claim may wait behind a job's statement, which the abort cancels.
      const grace = setTimeout(() => stopping.abort(), options.graceSeconds * 1000)
      await claiming
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
  const { deps, options } = loop
  const lost = new AbortController()
  const lease = keepLease(claim, { deps, options, lost })
  const { signal, release } = abortableWithin(lost.signal, loop.stopping)
  try {
    const outcome = await attempt(claim, { loop, signal, report: lease.report })
    lease.stop()
    if (outcome === 'given back' || (lost.signal.aborted && !isStall(lost.signal.reason))) return
    if (await deps.jobs.settle(claim, outcome)) await deps.settled(claim.job, outcome)
    else await deps.discard(outcome)
  } catch (error) {
    // The database is gone: the lease runs out, and the job is claimed again by whoever comes first.
    deps.onError(error, claim.job.id)
  } finally {
    lease.stop()
    release()
  }
}

interface Attempt {
  readonly loop: Loop
  readonly signal: AbortSignal
  readonly report: (fraction: number) => void
}

async function attempt(claim: Claim, attempted: Attempt): Promise<Outcome | 'given back'> {
  const { loop, signal, report } = attempted
  const { job, fence } = claim
  if (claim.crashes >= CRASHES_MAX) {
    const times = `The job was started ${CRASHES_MAX} times and never finished.`
    return givenUp(job, loop, new Failure('job_abandoned', times))
  }
  try {
    return await orEnd(loop.deps.run(job, { fence, signal, report }), signal, loop.options.endSeconds)
  } catch (error) {
    return failed(claim, attempted, signal.aborted ? signal.reason : error)
  }
}

/** As the run, except that one that must end and does not is left alone after a while. */
async function orEnd<T>(run: Promise<T>, signal: AbortSignal, endSeconds: number): Promise<T> {
  let late: NodeJS.Timeout | undefined
  const ended = new Promise<never>((_, reject) => {
    const end = (): void => {
      late = setTimeout(() => reject(signal.reason), endSeconds * 1000)
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
  // What happens to it then is of no interest: it has lost its job.
  run.catch(() => undefined)
  try {
    return await Promise.race([run, ended])
  } finally {
    clearTimeout(late)
  }
}

async function failed(
  claim: Claim,
  { loop, signal }: Attempt,
  error: unknown,
): Promise<Outcome | 'given back'> {
  const { deps, options } = loop
  const { job } = claim
  if (signal.aborted && !isStall(error)) {
    await deps.jobs.handBack(claim)
    return 'given back'
  }
  deps.onError(error, job.id)
  if (!(error instanceof Failure)) return withDone(job, loop, { kind: 'failed', details: 'Internal error.' })
  if (!error.mayRetry) return withDone(job, loop, { kind: 'failed', details: error.message })
  const details = `${error.message} The job will be tried again by itself.`
  const postponement = { pauses: options.retryPauses, details }
  if (await deps.jobs.postpone(claim, deps.clock.now(), postponement)) return 'given back'
  return givenUp(job, loop, error)
}

function isStall(reason: unknown): boolean {
  return reason instanceof Failure && reason.code === 'job_stalled'
}

// Its files stay for the day that they have: the job could be made again from them.
function givenUp(job: LiveJob, loop: Loop, { message: details }: Failure): Promise<Outcome> {
  return withDone(job, loop, { kind: 'failed', details, keepsFiles: true })
}

async function withDone(
  job: LiveJob,
  { deps }: Loop,
  outcome: Extract<Outcome, { kind: 'failed' }>,
): Promise<Outcome> {
  const summary = await deps.doneSoFar(job)
  return summary === undefined ? outcome : { ...outcome, summary }
}
