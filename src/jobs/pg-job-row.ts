import type { ExportRequest } from '../domain/export-request.ts'
import type { ImportRequest } from '../domain/import-request.ts'
import type {
  ImportSummary,
  Job,
  JobOrigin,
  JobStatus,
  JobType,
  Progress,
  Receipt,
  VerificationRequest,
} from '../domain/job.ts'

export const JOB_COLUMNS =
  'id, type, status, created_at, connection_id, connection_name, request, percentage_done, time_left_seconds, amounts, object_key, receipt, summary, status_details, origin'

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
  readonly origin: JobOrigin | null
}

/** The JSON of a row is not checked, because only this room writes it. */
export function jobOf(row: JobRow): Job {
  if (row.status === 'expired')
    return { id: row.id, type: row.type, status: 'expired', createdAt: row.created_at }
  const common = {
    id: row.id,
    status: row.status,
    createdAt: row.created_at,
    ...connectionOf(row),
    ...progressOf(row),
    ...(row.status_details === null ? {} : { statusDetails: row.status_details }),
    ...(row.origin === null ? {} : { origin: row.origin }),
  }
  if (row.type === 'users_import') {
    const summary = row.summary === null ? {} : { summary: row.summary }
    return { ...common, type: 'users_import', request: row.request as ImportRequest, ...summary }
  }
  if (row.type === 'verification_email')
    return { ...common, type: 'verification_email', request: row.request as VerificationRequest }
  return {
    ...common,
    type: 'users_export',
    request: row.request as ExportRequest,
    ...(row.object_key === null ? {} : { objectKey: row.object_key }),
    ...(row.receipt === null ? {} : { receipt: row.receipt }),
  }
}

function connectionOf(row: JobRow): { connection?: { id: string; name: string } } {
  if (row.connection_id === null || row.connection_name === null) return {}
  return { connection: { id: row.connection_id, name: row.connection_name } }
}

function progressOf(row: JobRow): { progress?: Progress } {
  if (row.percentage_done === null) return {}
  const left = row.time_left_seconds === null ? {} : { timeLeftSeconds: row.time_left_seconds }
  const amounts = row.amounts === null ? {} : { amounts: row.amounts }
  return { progress: { percentageDone: row.percentage_done, ...left, ...amounts } }
}
