import { addSeconds } from './clock.ts'
import type { ExportRequest } from './export-request.ts'
import type { FailureCode } from './failure.ts'
import type { ImportRequest } from './import-request.ts'
import type { Json } from './json.ts'

export const JOB_STATUSES = ['pending', 'processing', 'completed', 'failed', 'expired'] as const
export type JobStatus = (typeof JOB_STATUSES)[number]
export type JobEvent = 'claimed' | 'handed_back' | 'succeeded' | 'broke' | 'aged' | 'deleted'

interface Transition {
  readonly from: readonly JobStatus[]
  readonly to: JobStatus | 'gone'
}

/**
 * A job that is `processing` is claimed again if the lease of its worker has expired, so `claimed` may happen there
 * too.
 */
export const TRANSITIONS: Record<JobEvent, Transition> = {
  claimed: { from: ['pending', 'processing'], to: 'processing' },
  handed_back: { from: ['processing'], to: 'pending' },
  succeeded: { from: ['processing'], to: 'completed' },
  broke: { from: ['processing'], to: 'failed' },
  aged: { from: JOB_STATUSES, to: 'expired' },
  deleted: { from: JOB_STATUSES, to: 'gone' },
}

/** Clients of Auth0 read these names. `total` is the sum of failed, updated and inserted. */
export interface ImportSummary {
  readonly failed: number
  readonly updated: number
  readonly inserted: number
  readonly total: number
  readonly incomplete?: number
}

/** The user is shown as in the file, with secrets masked, because the report is stored and given out. */
export interface ImportError {
  readonly user: Json
  readonly errors: readonly { readonly code: string; readonly message: string; readonly path?: string }[]
  /** Where the user begins, from 1. Only for streamed files, since Auth0's form reports no lines. */
  readonly line?: number
}

export interface PlacedError {
  readonly position: number
  readonly error: ImportError
  readonly kind?: 'left_out'
}

/** The signed receipt (receipts/) says the same, so that a file can be checked without the job. */
export interface Receipt {
  readonly rows: number
  /**
   * The same number, counted by a separate statement in the same snapshot. If the two differ, the export has lost users
   * and fails.
   */
  readonly counted: number
  readonly bytes: number
  readonly unpackedBytes: number
  readonly sha256: string
  readonly snapshotAt: string
  readonly columns: readonly string[]
  /** If users of sources are in the file: the same for each database. `source` is null for Muster's own users. */
  readonly sources?: readonly ReceiptPart[]
  /**
   * ISO 8601: the `since` of the next export of a chain. Absent with a limit, since users are missing then, and for a
   * source that does not show what has changed.
   */
  readonly until?: string
}

export interface ReceiptPart {
  readonly source: string | null
  readonly snapshotAt: string
  readonly rows: number
  readonly counted: number
}

/** What a running job has done so far. */
export interface Amounts {
  /** Users and deletions that an export has read; users that an import has stored or refused. */
  readonly users: number
  /** All users and deletions of an export. An import does not know how many users its file has. */
  readonly total?: number
  /** Bytes of the file: an export has made so many after compression, or an import has read so many of it. */
  readonly bytes: number
}

export interface Progress {
  readonly percentageDone: number
  readonly timeLeftSeconds?: number
  readonly amounts?: Amounts & { readonly usersPerSecond: number }
}

/** What made a job. It is kept with the job, so that the log and the traces of any worker name it. */
export interface JobOrigin {
  readonly requestId: string
  /** W3C's text for the request's span. Absent if the request was not traced. */
  readonly traceparent?: string
}

interface JobCommon {
  readonly id: string
  readonly status: JobStatus
  readonly createdAt: Date
  readonly connection?: { readonly id: string; readonly name: string }
  readonly progress?: Progress
  readonly statusDetails?: string
  /** Why the job failed. Absent of jobs that failed before codes were kept. */
  readonly failureCode?: FailureCode
  readonly origin?: JobOrigin
}

export interface ExportJob extends JobCommon {
  readonly type: 'users_export'
  readonly request: ExportRequest
  readonly objectKey?: string
  readonly receipt?: Receipt
}

export interface ImportJob extends JobCommon {
  readonly type: 'users_import'
  readonly request: ImportRequest
  readonly summary?: ImportSummary
}

export interface VerificationJob extends JobCommon {
  readonly type: 'verification_email'
  readonly request: VerificationRequest
}

/** No address: the mail must go to the one that the user has when it is sent. */
export interface VerificationRequest {
  readonly userId: string
}

export type LiveJob = ExportJob | ImportJob | VerificationJob

export interface ExpiredJob {
  readonly id: string
  readonly type: JobType
  readonly status: 'expired'
  readonly createdAt: Date
}

export const JOB_TYPES = ['users_export', 'users_import', 'verification_email'] as const
export type JobType = (typeof JOB_TYPES)[number]
export type Job = LiveJob | ExpiredJob

/** Auth0's documentation: "All of your job-related data is automatically deleted after 24 hours". */
export const JOB_LIFETIME_SECONDS = 24 * 3600

/** The API answers `expired` for another day, so that a client that asks late learns why its job is gone. */
export const JOB_MEMORY_SECONDS = 2 * JOB_LIFETIME_SECONDS

/** A job expires by its age alone, since the sweeper may be late. Undefined if the API no longer knows it at `now`. */
export function jobAt(job: Job, now: Date): Job | undefined {
  if (now >= addSeconds(job.createdAt, JOB_MEMORY_SECONDS)) return undefined
  if (now < addSeconds(job.createdAt, JOB_LIFETIME_SECONDS)) return job
  return { id: job.id, type: job.type, status: 'expired', createdAt: job.createdAt }
}

/**
 * Auth0's imports have three statuses, and Auth0's clients read any other as the end of the job. So a running import
 * shows `pending`, and `percentage_done` shows that it runs.
 */
export function shownStatus({ type, status }: Pick<Job, 'type' | 'status'>): JobStatus {
  return type === 'users_import' && status === 'processing' ? 'pending' : status
}
