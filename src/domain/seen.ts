import type { FailureCode } from './failure.ts'
import type { JobStatus, JobType } from './job.ts'

/**
 * What metrics are made of. It is plain data, because a thread sends it to another. It holds no user's data, since metrics
 * leave Muster.
 */
export type Seen =
  | ({ readonly kind: 'run' } & RunSeen)
  | { readonly kind: 'failure'; readonly code: FailureCode }
  | { readonly kind: 'download'; readonly event: 'begun' | 'ended' | 'cut' }
  | ({ readonly kind: 'thread' } & ThreadSeen)

export type See = (seen: Seen) => void

/** `lost`: another worker has the job, or it was deleted. `broken`: the end could not be stored. */
export const RUN_ENDS = ['completed', 'failed', 'retried', 'handed_back', 'lost', 'broken'] as const
export type RunEnd = (typeof RUN_ENDS)[number]

/** `waiting` begins with the request. `running` begins with the first bytes. */
export const RUN_PHASES = ['waiting', 'opening', 'running', 'settling'] as const
export type PhaseSeconds = Readonly<Record<(typeof RUN_PHASES)[number], number>>

export interface RunSeen {
  readonly type: JobType
  readonly end: RunEnd
  readonly seconds: PhaseSeconds
  /** Absent if the run stored no users or no file. `bytes` are those of the file as it is stored or was sent. */
  readonly done?: { readonly users: Readonly<Record<string, number>>; readonly bytes: number }
}

/** The jobs of all processes, by type and stored status. */
export interface JobCensus {
  /** A type and status without jobs is absent. */
  readonly counts: readonly { readonly type: JobType; readonly status: JobStatus; readonly jobs: number }[]
  /** For how many seconds the oldest job that a worker could claim has been there. */
  readonly ages: readonly { readonly type: JobType; readonly seconds: number }[]
}

/** What was measured in one thread, once a second. */
export interface ThreadSeen {
  readonly thread: 'requests' | 'jobs'
  /** The longest time for which the event loop was blocked in this second. */
  readonly lagSeconds: number
  readonly pools: Readonly<Record<string, PoolUse>>
}

/** Counts of one pool of connections to the database. */
export interface PoolUse {
  readonly open: number
  readonly idle: number
  /** How many callers wait for a connection. */
  readonly waiting: number
}
