import type { ExportRequest } from './export-request.ts'
import type { ImportRequest } from './import-request.ts'
import type { Json } from './json.ts'

export type JobStatus = 'pending' | 'processing' | 'completed' | 'failed' | 'expired'
export type JobEvent = 'claimed' | 'handed_back' | 'succeeded' | 'broke' | 'aged'

/**
 * What may happen to a job, and what it then is; undefined means that it may not happen. A claimed job is
 * claimed again when its worker's lease has run out, hence processing → processing.
 */
export const TRANSITIONS: Record<JobStatus, Record<JobEvent, JobStatus | undefined>> = {
  pending: {
    claimed: 'processing',
    handed_back: undefined,
    succeeded: undefined,
    broke: undefined,
    aged: 'expired',
  },
  processing: {
    claimed: 'processing',
    handed_back: 'pending',
    succeeded: 'completed',
    broke: 'failed',
    aged: 'expired',
  },
  completed: {
    claimed: undefined,
    handed_back: undefined,
    succeeded: undefined,
    broke: undefined,
    aged: 'expired',
  },
  failed: {
    claimed: undefined,
    handed_back: undefined,
    succeeded: undefined,
    broke: undefined,
    aged: 'expired',
  },
  expired: {
    claimed: undefined,
    handed_back: undefined,
    succeeded: undefined,
    broke: undefined,
    aged: 'expired',
  },
}

/** Statuses in which an event may happen: what a store puts in its `where`. */
export function statusesBefore(event: JobEvent): JobStatus[] {
  return (Object.keys(TRANSITIONS) as JobStatus[]).filter(
    (status) => TRANSITIONS[status][event] !== undefined,
  )
}

/** How many users an import took, as Auth0 words it; `total` is the sum of failed, updated and inserted. */
export interface ImportSummary {
  readonly failed: number
  readonly updated: number
  readonly inserted: number
  readonly total: number
  /** How many of the updated and inserted came in without something that the file gives. Absent if nobody did. */
  readonly incomplete?: number
}

/** One user of whom an import did not take all: as it stood in the file, secrets masked, and what and why. */
export interface ImportError {
  readonly user: Json
  readonly errors: readonly { readonly code: string; readonly message: string; readonly path?: string }[]
  /** Where the user begins in a streamed file, from 1. Auth0's form knows no lines. */
  readonly line?: number
}

/** The same with its place among the entries of the file, from 0. */
export interface PlacedError {
  readonly position: number
  readonly error: ImportError
  /** The user came in, and something was left out. Absent of a user who was refused. */
  readonly kind?: 'left_out'
}

/** Proof of a finished file. */
export interface Receipt {
  readonly rows: number
  /** Size of the object as stored, compressed. */
  readonly bytes: number
  /** Of the object as stored, hex. */
  readonly sha256: string
  /** ISO 8601: the moment that the file shows, from which an export of changes goes on. Absent with a limit. */
  readonly until?: string
}

export interface Progress {
  /** 0 to 100, whole. */
  readonly percentageDone: number
  readonly timeLeftSeconds?: number
}

interface JobCommon {
  readonly id: string
  readonly status: JobStatus
  readonly createdAt: Date
  readonly connection?: { readonly id: string; readonly name: string }
  readonly progress?: Progress
  readonly statusDetails?: string
}

export interface ExportJob extends JobCommon {
  readonly type: 'users_export'
  readonly request: ExportRequest
  /** Where the finished file lies in the object store; only when completed. */
  readonly objectKey?: string
  readonly receipt?: Receipt
}

export interface ImportJob extends JobCommon {
  readonly type: 'users_import'
  readonly request: ImportRequest
  /** When completed; also when the file broke in the middle, and what was before is in. */
  readonly summary?: ImportSummary
}

/** Sends a mail by which a user verifies an address. */
export interface VerificationJob extends JobCommon {
  readonly type: 'verification_email'
  readonly request: VerificationRequest
}

/** Whose address it is: the one that the user has when the mail is sent. */
export interface VerificationRequest {
  readonly userId: string
}

/** A job whose time is not over. */
export type LiveJob = ExportJob | ImportJob | VerificationJob

/** What is left of a job after its time: that it was. */
export interface ExpiredJob {
  readonly id: string
  readonly type: JobType
  readonly status: 'expired'
  readonly createdAt: Date
}

export type JobType = LiveJob['type']
export type Job = LiveJob | ExpiredJob

/** Auth0's doc: "All of your job-related data is automatically deleted after 24 hours". */
export const JOB_LIFETIME_SECONDS = 24 * 3600

/** An expired job answers `expired` for another day, then it is unknown. */
export const JOB_MEMORY_SECONDS = 2 * JOB_LIFETIME_SECONDS
