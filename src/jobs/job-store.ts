import type { FailureCode } from '../domain/failure.ts'
import type {
  ExportJob,
  ImportJob,
  ImportSummary,
  Job,
  JobStatus,
  JobType,
  LiveJob,
  PlacedError,
  Progress,
  Receipt,
  VerificationJob,
} from '../domain/job.ts'
import type { ClientKey, RequestKey } from '../domain/request-key.ts'
import type { JobCensus } from '../domain/seen.ts'

type New<Job extends LiveJob> = Pick<Job, 'id' | 'type' | 'createdAt' | 'connection' | 'request' | 'origin'>

export type NewJob = (New<ExportJob> & { readonly isSmall?: boolean }) | New<ImportJob> | New<VerificationJob>

/** The places of a worker for one kind of jobs, so that no kind waits for another. */
export interface Lane {
  readonly type: JobType
  readonly isSmall?: true
}

/** `fence` grows with every claim, so the store recognizes a worker that has lost its job by an older fence. */
export interface Claim {
  readonly job: LiveJob
  readonly fence: number
  /**
   * How many workers have died during this job since its last progress. Only a stored batch of an import is progress:
   * all else is lost with its worker.
   */
  readonly crashes: number
}

export interface Postponement {
  /** In seconds: after the first temporary failure since the last progress, after the second, and so on. */
  readonly pauses: readonly number[]
  readonly details: string
}

export type Outcome =
  | { readonly kind: 'exported'; readonly objectKey: string; readonly receipt: Receipt }
  | { readonly kind: 'imported'; readonly summary: ImportSummary; readonly details?: string }
  | { readonly kind: 'mailed' }
  | {
      readonly kind: 'failed'
      readonly details: string
      readonly code?: FailureCode
      readonly summary?: ImportSummary
      /** The files stay until the job expires, so that an operator can create the job again from them. */
      readonly keepsFiles?: true
    }

export interface KeyedJob {
  readonly job: Job
  readonly requestHash: string
}

export interface ErrorPage {
  readonly after?: number
  readonly take: number
}

export interface JobSpan {
  readonly type: JobType
  readonly status: JobStatus
  readonly after: Date
  readonly before: Date
}

export interface JobListing {
  /** They must not overlap, or a job would come twice. */
  readonly spans: readonly JobSpan[]
  readonly connectionId?: string
  /**
   * Only jobs that come after this one in the list. It need not exist, because it may have been deleted between two
   * pages.
   */
  readonly from?: Pick<Job, 'createdAt' | 'id'>
  readonly take: number
}

/**
 * The jobs are also the queue, so that a job and the queue cannot contradict each other. Every method fails with
 * `database_unavailable`. Timestamps come from the caller's clock.
 */
export interface JobStore {
  /** Adds a pending job. False, and nothing is added, if a job of the last 24 hours has the key. */
  add(job: NewJob, key?: RequestKey): Promise<boolean>
  /** A deleted or expired job has no key, so a client can send its request again after it. */
  findKeyed(key: ClientKey, now: Date): Promise<KeyedJob | undefined>
  /**
   * All processes together have at most `activeMax` uploads and active imports. If that many are there, adds nothing
   * and returns their number.
   */
  beginUpload(
    id: string,
    now: Date,
    limits: { readonly leaseSeconds: number; readonly activeMax: number },
  ): Promise<{ readonly active: number } | undefined>
  renewUpload(id: string, now: Date, leaseSeconds: number): Promise<void>
  /**
   * False if the upload was dropped, or as `add` does: then nothing is added, and the caller must remove the users
   * file.
   */
  addUploaded(job: NewJob, key?: RequestKey): Promise<boolean>
  endUpload(id: string): Promise<void>
  /**
   * Drops uploads with an expired lease, because their processes have died. Before that nothing removes their parts of
   * users files.
   */
  dropUploads(now: Date, leaseSeconds: number): Promise<void>
  find(id: string): Promise<Job | undefined>
  /** In any order. Ids without a job are left out. */
  findAll(ids: readonly string[]): Promise<readonly Job[]>
  census(now: Date): Promise<JobCensus>
  /** Newest first. Jobs of equal age come in the order of their ids, or pages could miss one. */
  list(listing: JobListing): Promise<readonly Job[]>
  errors(id: string, page: ErrorPage): Promise<readonly PlacedError[]>
  /**
   * An error at a position that has one is ignored, because an import that starts again reports the same errors. Only a
   * job that is processing gets errors. `refused` counts from the beginning of the users file.
   */
  addErrors(id: string, errors: readonly PlacedError[], refused?: number): Promise<void>
  /** For an import that fails in the middle: the users of its stored batches stay, so its summary must count them. */
  importedSoFar(id: string): Promise<ImportSummary>
  /** The oldest free job first, so that no job waits for ever. Without a lane, a job of any type. */
  claim(now: Date, leaseSeconds: number, lane?: Lane): Promise<Claim | undefined>
  /** False if another worker has the job, or the job was deleted. The caller must then stop, since its work is lost. */
  renew(claim: Claim, now: Date, lease: { seconds: number; progress?: Progress }): Promise<boolean>
  /** False, without any change, if another worker has the job (promise 5), or the job was deleted or has expired. */
  settle(claim: Claim, outcome: Outcome): Promise<boolean>
  /** Counts neither as a crash nor as a failure, because the process that stops is the reason and not the job. */
  handBack(claim: Claim): Promise<void>
  /** False, without any change, if no pause is left or another worker has the job. */
  postpone(claim: Claim, now: Date, postponement: Postponement): Promise<boolean>
  /** Only for a process that knows that no other one runs: otherwise two workers would run one job. */
  releaseAll(): Promise<void>
  /** Of these, the jobs that have not expired, and the uploads. The files of all others are of no use. */
  withFiles(ids: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * Oldest first, at most `limit`. `skipped` leaves out jobs that failed to expire before, so that they do not block
   * the others.
   */
  dueToExpire(before: Date, limit: number, skipped?: readonly string[]): Promise<readonly string[]>
  /** Id, type, age and counters stay. All else may hold data of users (promise 7). */
  markExpired(id: string): Promise<void>
  dueToForget(before: Date, limit: number, skipped?: readonly string[]): Promise<readonly string[]>
  /**
   * A worker that runs the job stops when a notice reaches it, or when its next renewal finds no row. False if there is
   * no such job.
   */
  forget(id: string): Promise<boolean>
  /** A worker that had lost its job may store a batch after the job was forgotten. Nothing else would remove it. */
  dropLateBatches(): Promise<void>
}
