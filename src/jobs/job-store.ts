import type {
  ExportJob,
  ImportJob,
  ImportSummary,
  Job,
  JobType,
  LiveJob,
  PlacedError,
  Progress,
  Receipt,
  VerificationJob,
} from '../domain/job.ts'

/** A job to remember; the rest of it is known only later. */
export type NewJob =
  | Pick<ExportJob, 'id' | 'type' | 'createdAt' | 'connection' | 'request'>
  | Pick<ImportJob, 'id' | 'type' | 'createdAt' | 'connection' | 'request'>
  | Pick<VerificationJob, 'id' | 'type' | 'createdAt' | 'connection' | 'request'>

/** A worker's hold on a job. `fence` grows with every claim: who holds an older one has lost the job. */
export interface Claim {
  readonly job: LiveJob
  readonly fence: number
  /**
   * How many claims before this one ended without a word, since the job last made progress: their workers died.
   * Only what outlives a worker is progress: a batch of an import that is stored.
   */
  readonly crashes: number
}

/** How a job is given back that failed for a passing reason. */
export interface Postponement {
  /** Seconds to wait after the first such failure since the job last made progress, after the second, and so on. */
  readonly pauses: readonly number[]
  /** For a person who looks at the job meanwhile. */
  readonly details: string
}

export type Outcome =
  | { readonly kind: 'exported'; readonly objectKey: string; readonly receipt: Receipt }
  | { readonly kind: 'imported'; readonly summary: ImportSummary; readonly details?: string }
  | { readonly kind: 'mailed' }
  | {
      readonly kind: 'failed'
      readonly details: string
      readonly summary?: ImportSummary
      /** The job was given up in the middle: its files stay until it expires. */
      readonly keepsFiles?: true
    }

/** Part of the errors of an import. */
export interface ErrorPage {
  /** Only errors behind this position. */
  readonly after?: number
  readonly take: number
}

/**
 * The memory of what was asked, which is also the queue (one row a job, no double book-keeping). Every method
 * fails with `database_unavailable`. Times come from the caller's clock.
 */
export interface JobStore {
  /**
   * Remembers a pending job. With `activeMax`, only while fewer than that many jobs of its type are pending or
   * processing: returns how many there are when there are too many, else undefined.
   */
  add(job: NewJob, activeMax?: number): Promise<{ readonly active: number } | undefined>
  find(id: string): Promise<Job | undefined>
  /** How many jobs of a type are pending or processing. */
  countActive(type: JobType): Promise<number>
  /** Users that an import refused, in the order of its file; empty when there are none. */
  errors(id: string, page: ErrorPage): Promise<readonly PlacedError[]>
  /**
   * Notes users that an import refused. What stands at a position stays: an import that runs again finds the
   * same. A job that is not being worked on gets none. `refused` is how many users the import has refused so far,
   * from the beginning of its file.
   */
  addErrors(id: string, errors: readonly PlacedError[], refused?: number): Promise<void>
  /** What an import has stored and refused so far, by its batches: for one that is given up in the middle. */
  importedSoFar(id: string): Promise<ImportSummary>
  /** Takes the oldest job of a type, or of any, that nobody works on, for `leaseSeconds`; undefined when there is none. */
  claim(now: Date, leaseSeconds: number, type?: JobType): Promise<Claim | undefined>
  /** Prolongs a claim and notes progress. False when the job is no longer this worker's. */
  renew(claim: Claim, now: Date, lease: { seconds: number; progress?: Progress }): Promise<boolean>
  /** Ends a job. False, and nothing is changed, when it is no longer this worker's (promise 5). */
  settle(claim: Claim, outcome: Outcome): Promise<boolean>
  /** Gives a job back unfinished, to be claimed again at once. Such a claim is no crash and no failure. */
  handBack(claim: Claim): Promise<void>
  /**
   * Gives a job back that failed for a passing reason, to be claimed again after a pause. False, and nothing is
   * changed, when every pause has been used up, or when the job is no longer this worker's.
   */
  postpone(claim: Claim, now: Date, postponement: Postponement): Promise<boolean>
  /** Ends every lease: only for a process that knows that it is alone. */
  releaseAll(): Promise<void>
  /** Which of these ids are jobs, whatever became of them. */
  known(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Ids of up to `limit` jobs made before `before` that are not marked expired, without those to be skipped. */
  dueToExpire(before: Date, limit: number, skipped?: readonly string[]): Promise<readonly string[]>
  /** Forgets all of a job but that it was: request, connection, errors, receipt. */
  markExpired(id: string): Promise<void>
  /** Ids of up to `limit` jobs made before `before`, whatever became of them, without those to be skipped. */
  dueToForget(before: Date, limit: number, skipped?: readonly string[]): Promise<readonly string[]>
  /** Forgets that a job ever was. */
  forget(id: string): Promise<void>
}
