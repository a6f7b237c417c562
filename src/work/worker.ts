import { abortableWithin } from '../domain/abort.ts'
import type { Clock, Stopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { ImportSummary, LiveJob } from '../domain/job.ts'
import type { PhaseSeconds, RunEnd } from '../domain/seen.ts'
import type { Report, Run } from '../flow/run.ts'
import type { Claim, JobStore, Lane, Outcome } from '../jobs/job-store.ts'
import { keepLease } from './lease.ts'
import { newPhases } from './phases.ts'

export interface WorkerDeps {
  readonly jobs: JobStore
  readonly clock: Clock
  readonly stopwatch: Stopwatch
  /** After a Failure that may be retried, the job returns to the queue. After any other error it fails. */
  readonly run: (job: LiveJob, run: Run) => Promise<Outcome>
  /**
   * Called if the worker has lost the job, because it was deleted or another worker has it. Without this, what the run
   * has made would stay until the job expires or the sweeper finds it.
   */
  readonly discard: (outcome: Outcome) => Promise<void>
  /** Removes what only the run needed: the users file of an import holds password hashes, so it must not stay. */
  readonly settled: (job: LiveJob, outcome: Outcome) => Promise<void>
  /** An import that fails in the middle has stored users, which its summary must count. */
  readonly doneSoFar: (job: LiveJob) => Promise<ImportSummary | undefined>
  readonly onError: (error: unknown, job?: NamedJob) => void
  readonly onEnd: (run: EndedRun) => void
}

/** Enough for the log to name the job and the request that created it. */
export type NamedJob = Pick<LiveJob, 'id' | 'origin'>

export interface EndedRun {
  readonly job: LiveJob
  readonly end: RunEnd
  readonly seconds: PhaseSeconds
  /** Of the file, as last reported by the run. */
  readonly bytes: number
  /** Undefined unless the job was settled. */
  readonly outcome?: Outcome
}

export interface WorkerOptions {
  readonly lane?: Lane
  readonly concurrency: number
  readonly leaseSeconds: number
  /** Must be well below `leaseSeconds`, since a renewal may fail. Each renewal also stores the progress. */
  readonly renewSeconds: number
  /** For jobs that come without a `wake`: after a pause, after an expired lease, or if a notice was lost. */
  readonly pollSeconds: number
  /** How long `stop` lets jobs finish. One that is handed back must start again. */
  readonly graceSeconds: number
  /** Limit for a run that must end. A later end does no harm, because the fence of the run is old by then. */
  readonly endSeconds: number
  /** Limit until the first report, because the database may have to count and sort before. */
  readonly openingSeconds: number
  readonly stallSeconds: number
  /** In seconds. After the last pause the job fails. */
  readonly retryPauses: readonly number[]
}

export interface Worker {
  /** For a new job, so that it need not wait for the next poll. */
  wake(): void
  /** If this worker runs the job, it stops now instead of at the next renewal. */
  drop(jobId: string): void
  /** A job that does not end within `graceSeconds` is handed back, so that another worker can start it again. */
  stop(): Promise<void>
}

// A job during which this many workers have died probably kills them, so it fails instead of killing more.
const CRASHES_MAX = 5

export function startWorker(deps: WorkerDeps, options: WorkerOptions): Worker {
  const running = new Set<Running>()
  const stopping = new AbortController()
  let claiming: Promise<void> | undefined
  let isAskedAgain = false
  let isStopped = false

  async function fill(): Promise<void> {
    while (!isStopped && running.size < options.concurrency) {
      const claim = await deps.jobs.claim(deps.clock.now(), options.leaseSeconds, options.lane)
      if (claim === undefined) return
      if (isStopped) return deps.jobs.handBack(claim)
      const lost = new AbortController()
      const task = workOn(claim, lost, { deps, options, stopping: stopping.signal }).finally(() => {
        running.delete(run)
        wake()
      })
      const run = { jobId: claim.job.id, lost, task }
      running.add(run)
    }
  }
  function wake(): void {
    if (claiming !== undefined) isAskedAgain = true
    if (claiming !== undefined || isStopped) return
    isAskedAgain = false
    claiming = fill()
      .catch((error: unknown) => deps.onError(error))
      .finally(() => {
        claiming = undefined
        if (isAskedAgain) wake()
      })
  }
  const poll = setInterval(wake, options.pollSeconds * 1000)
  wake()
  return {
    wake,
    drop: (jobId) => {
      for (const run of running) if (run.jobId === jobId) run.lost.abort()
    },
    stop: async () => {
      isStopped = true
      clearInterval(poll)
      // On the embedded engine `claiming` may wait for a statement of a running job. The abort cancels that statement.
      const grace = setTimeout(() => stopping.abort(), options.graceSeconds * 1000)
      await claiming
      while (running.size > 0) await Promise.all([...running].map(({ task }) => task))
      clearTimeout(grace)
    },
  }
}

interface Running {
  readonly jobId: string
  /** Aborted if the worker loses the job, or if the run stalls. */
  readonly lost: AbortController
  readonly task: Promise<void>
}

interface Loop {
  readonly deps: WorkerDeps
  readonly options: WorkerOptions
  readonly stopping: AbortSignal
}

// Never rejects, because an error of one job must not end the loop.
async function workOn(claim: Claim, lost: AbortController, loop: Loop): Promise<void> {
  const { deps, options } = loop
  const lease = keepLease(claim, { deps, options, lost })
  const waited = (deps.clock.now().getTime() - claim.job.createdAt.getTime()) / 1000
  const phases = newPhases(Math.max(waited, 0), deps.stopwatch)
  // Reported if an error keeps the job from being settled, for example if the database does not answer.
  let end: RunEnd = 'broken'
  let bytes = 0
  let settled: { readonly outcome?: Outcome } = {}
  const { signal, release } = abortableWithin(lost.signal, loop.stopping)
  // Logged only after the job is settled. A run whose job was deleted fails because its files are gone, which is no
  // error.
  const reasons: unknown[] = []
  const logReasons = (): void => {
    for (const reason of reasons.splice(0)) deps.onError(reason, claim.job)
  }
  try {
    const onBreak = (reason: unknown): void => void reasons.push(reason)
    const report: Report = (fraction, amounts) => {
      phases.enter('running')
      bytes = amounts?.bytes ?? bytes
      lease.report(fraction, amounts)
    }
    const outcome = await attempt(claim, { loop, signal, report, onBreak })
    lease.stop()
    phases.enter('settling')
    const isLost = lost.signal.aborted && !isStall(lost.signal.reason)
    if (typeof outcome === 'string') {
      end = isLost ? 'lost' : outcome
      return
    }
    if (isLost || !(await deps.jobs.settle(claim, outcome))) {
      end = 'lost'
      return await deps.discard(outcome)
    }
    end = outcome.kind === 'failed' ? 'failed' : 'completed'
    settled = { outcome }
    logReasons()
    await deps.settled(claim.job, outcome)
  } catch (error) {
    logReasons()
    // For example the database does not answer. A job that is not settled runs again when its lease expires.
    deps.onError(error, claim.job)
  } finally {
    lease.stop()
    release()
    deps.onEnd({ job: claim.job, end, seconds: phases.end(), bytes, ...settled })
  }
}

interface Attempt {
  readonly loop: Loop
  readonly signal: AbortSignal
  readonly report: Report
  readonly onBreak: (reason: unknown) => void
}

type GivenBack = 'handed_back' | 'retried'

async function attempt(claim: Claim, attempted: Attempt): Promise<Outcome | GivenBack> {
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

/** Rejects `endSeconds` after an abort even if the run goes on: one that hangs must not block the stop. */
async function orEnd<T>(run: Promise<T>, signal: AbortSignal, endSeconds: number): Promise<T> {
  let late: NodeJS.Timeout | undefined
  const ended = new Promise<never>((_, reject) => {
    const end = (): void => {
      late = setTimeout(() => reject(signal.reason), endSeconds * 1000)
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
  // Later errors of such a run do not matter, since it has lost its job. Unhandled, they would end the process.
  run.catch(() => undefined)
  try {
    return await Promise.race([run, ended])
  } finally {
    clearTimeout(late)
  }
}

async function failed(
  claim: Claim,
  { loop, signal, onBreak }: Attempt,
  error: unknown,
): Promise<Outcome | GivenBack> {
  const { deps, options } = loop
  const { job } = claim
  if (signal.aborted && !isStall(error)) {
    await deps.jobs.handBack(claim)
    return 'handed_back'
  }
  if (error instanceof Failure && error.mayRetry) {
    const details = `${error.message} The job will be tried again by itself.`
    const postponement = { pauses: options.retryPauses, details }
    const isPostponed = await deps.jobs.postpone(claim, deps.clock.now(), postponement)
    if (isPostponed) deps.onError(error, job)
    else onBreak(error)
    return isPostponed ? 'retried' : givenUp(job, loop, error)
  }
  onBreak(error)
  const { message: details, code } =
    error instanceof Failure ? error : new Failure('internal', 'Internal error.')
  return withDone(job, loop, { kind: 'failed', details, code })
}

function isStall(reason: unknown): boolean {
  return reason instanceof Failure && reason.code === 'job_stalled'
}

// The files stay until the job expires, so that an operator can create the job again from them.
function givenUp(job: LiveJob, loop: Loop, { message: details, code }: Failure): Promise<Outcome> {
  return withDone(job, loop, { kind: 'failed', details, code, keepsFiles: true })
}

async function withDone(
  job: LiveJob,
  { deps }: Loop,
  outcome: Extract<Outcome, { kind: 'failed' }>,
): Promise<Outcome> {
  const summary = await deps.doneSoFar(job)
  return summary === undefined ? outcome : { ...outcome, summary }
}
