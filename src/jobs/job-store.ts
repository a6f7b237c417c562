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

export type NewJob =
  | Pick<ExportJob, 'id' | 'type' | 'createdAt' | 'connection' | 'request'>
  | Pick<ImportJob, 'id' | 'type' | 'createdAt' | 'connection' | 'request'>
  | Pick<VerificationJob, 'id' | 'type' | 'createdAt' | 'connection' | 'request'>

/** `fence` grows with every claim. A worker with an older fence has lost the job. */
export interface Claim {
  readonly job: LiveJob
  readonly fence: number
  /**
   * How many workers have died during this job since its last progress. Progress is what outlives a worker: a stored
   * batch of an import.
   */
  readonly crashes: number
}

/** How a job returns to the queue after a temporary failure. */
export interface Postponement {
  /** The seconds to wait after the first such failure since the last progress, after the second, and so on. */
  readonly pauses: readonly number[]
  /** Shown as `status_details` while the job waits. */
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
      /** The job was given up, so its files stay until it expires. */
      readonly keepsFiles?: true
    }

export interface KeyedJob {
  readonly job: Job
  readonly requestHash: string
}

export interface ErrorPage {
  /** Only errors after this position. */
  readonly after?: number
  readonly take: number
}

/** Jobs of one type and one stored status, created after and before these timestamps. */
export interface JobSpan {
  readonly type: JobType
  readonly status: JobStatus
  readonly after: Date
  readonly before: Date
}

export interface JobListing {
  /** They do not overlap. */
  readonly spans: readonly JobSpan[]
  readonly connectionId?: string
  /** Only jobs that come after this one in the list. It need not exist. */
  readonly from?: Pick<Job, 'createdAt' | 'id'>
  readonly take: number
}

/**
 * The jobs, which are also the queue, so that job and queue cannot contradict each other. Every method fails with
 * `database_unavailable`. Timestamps come from the caller's clock.
 */
export interface JobStore {
  /** Adds a pending job. False, and nothing is added, if a job of the last 24 hours has the key. */
  add(job: NewJob, key?: RequestKey): Promise<boolean>
  /** The job that was added with the key in the last 24 hours. A deleted or expired job has no key. */
  findKeyed(key: ClientKey, now: Date): Promise<KeyedJob | undefined>
  /**
   * Adds the upload of the users file of the job `id`, with a lease of `leaseSeconds`. All processes together have at most
   * `activeMax` uploads and active imports. If that many are there, adds nothing and returns their number.
   */
  beginUpload(
    id: string,
    now: Date,
    limits: { readonly leaseSeconds: number; readonly activeMax: number },
  ): Promise<{ readonly active: number } | undefined>
  renewUpload(id: string, now: Date, leaseSeconds: number): Promise<void>
  /** Makes an upload a pending job. False, and nothing is added, if the upload was dropped, or as `add` does. */
  addUploaded(job: NewJob, key?: RequestKey): Promise<boolean>
  /** Ends an upload that becomes no job. */
  endUpload(id: string): Promise<void>
  /** Ends the uploads whose lease has expired: their process has died. */
  dropUploads(now: Date, leaseSeconds: number): Promise<void>
  find(id: string): Promise<Job | undefined>
  /** Newest first. Jobs of equal age come in the order of their ids, the same in each call. */
  list(listing: JobListing): Promise<readonly Job[]>
  /** The refused and incomplete users of an import, in the order of its file. */
  errors(id: string, page: ErrorPage): Promise<readonly PlacedError[]>
  /**
   * Adds refused and incomplete users. An error at a position that has one is ignored: a run that starts again reports
   * the same. A job that is not processing gets none. `refused` is the number of users that the import has refused since
   * the beginning of its file.
   */
  addErrors(id: string, errors: readonly PlacedError[], refused?: number): Promise<void>
  /** What the batches of an import have stored and refused. For an import that fails in the middle. */
  importedSoFar(id: string): Promise<ImportSummary>
  /** Claims the oldest free job of the type, or of any type, for `leaseSeconds`. Undefined if there is none. */
  claim(now: Date, leaseSeconds: number, type?: JobType): Promise<Claim | undefined>
  /** Renews the lease and stores progress. False if another worker has the job. */
  renew(claim: Claim, now: Date, lease: { seconds: number; progress?: Progress }): Promise<boolean>
  /** Ends a job. False, without any change, if another worker has the job (promise 5). */
  settle(claim: Claim, outcome: Outcome): Promise<boolean>
  /** Returns the job to the queue at once. This counts neither as a crash nor as a failure. */
  handBack(claim: Claim): Promise<void>
  /**
   * Returns the job to the queue, to be claimed after a pause. False, without any change, if no pause is left or another
   * worker has the job.
   */
  postpone(claim: Claim, now: Date, postponement: Postponement): Promise<boolean>
  /** Ends every lease and every upload. Only for a process that knows that no other process runs. */
  releaseAll(): Promise<void>
  /** Which of these ids are uploads, or jobs in any status. */
  known(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Up to `limit` ids of jobs that are older than `before` and not marked expired. Omits `skipped`. */
  dueToExpire(before: Date, limit: number, skipped?: readonly string[]): Promise<readonly string[]>
  /** Removes the request, connection, errors, receipt and key of a job. Its id, type and age stay. */
  markExpired(id: string): Promise<void>
  /** Up to `limit` ids of jobs that are older than `before`, in any status. Omits `skipped`. */
  dueToForget(before: Date, limit: number, skipped?: readonly string[]): Promise<readonly string[]>
  /**
   * Removes the job's row, errors, batches and key, in any status. False if there is no such job. A worker that runs the job loses
   * it: its next renewal finds no row.
   */
  forget(id: string): Promise<boolean>
  /** Removes the batches of no job. A worker that had lost its job stored them after the job was forgotten. */
  dropLateBatches(): Promise<void>
}
