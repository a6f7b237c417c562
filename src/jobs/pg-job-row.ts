import type { ExportRequest } from '../domain/export-request.ts'
import type { FailureCode } from '../domain/failure.ts'
import { given } from '../domain/given.ts'
import type { ImportRequest } from '../domain/import-request.ts'
import type {
  ImportSummary,
  Job,
  JobOrigin,
  JobStatus,
  JobType,
  LiveJob,
  Progress,
  Receipt,
  VerificationRequest,
} from '../domain/job.ts'

export const JOB_COLUMNS =
  'id, type, status, created_at, connection_id, connection_name, request, percentage_done, time_left_seconds, amounts, object_key, receipt, summary, status_details, failure_code, origin'

export interface JobRow {
  readonly id: string
  readonly type: JobType
  readonly status: JobStatus
  readonly created_at: Date
  readonly connection_id: string | null
  readonly connection_name: string | null
  readonly request: unknown
  readonly percentage_done: number | null
  readonly time_left_seconds: number | null
  readonly amounts: NonNullable<Progress['amounts']> | null
  readonly object_key: string | null
  readonly receipt: Receipt | null
  readonly summary: ImportSummary | null
  readonly status_details: string | null
  readonly failure_code: FailureCode | null
  readonly origin: JobOrigin | null
}

/** The JSON of a row is not checked, because only this room writes it. */
export function jobOf(row: JobRow): Job {
  const { id, type, status, created_at: createdAt } = row
  if (status === 'expired') return { id, type, status, createdAt }
  const common = given({
    id,
    status,
    createdAt,
    connection: connectionOf(row),
    progress: progressOf(row),
    statusDetails: row.status_details ?? undefined,
    failureCode: row.failure_code ?? undefined,
    origin: row.origin ?? undefined,
  })
  if (type === 'users_import') {
    const summary = row.summary ?? undefined
    return given({ ...common, type, request: row.request as ImportRequest, summary })
  }
  if (type === 'verification_email') return { ...common, type, request: row.request as VerificationRequest }
  const { object_key: objectKey, receipt } = row
  const made = given({ objectKey: objectKey ?? undefined, receipt: receipt ?? undefined })
  return { ...common, type, request: row.request as ExportRequest, ...made }
}

function connectionOf({ connection_id: id, connection_name: name }: JobRow): LiveJob['connection'] {
  return id === null || name === null ? undefined : { id, name }
}

function progressOf({ percentage_done: percentageDone, ...row }: JobRow): Progress | undefined {
  if (percentageDone === null) return undefined
  const timeLeftSeconds = row.time_left_seconds ?? undefined
  return given({ percentageDone, timeLeftSeconds, amounts: row.amounts ?? undefined })
}
