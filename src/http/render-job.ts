import { given } from '../domain/given.ts'
import {
  type ExportJob,
  type ImportJob,
  type ImportSummary,
  JOB_STATUSES,
  JOB_TYPES,
  type Job,
  type JobType,
  type LiveJob,
  shownStatus,
} from '../domain/job.ts'
import { boolean, closed, integer, text } from '../schema/build.ts'
import type { Shape } from './define-route.ts'
import { EXPORT_REQUEST } from './export-schema.ts'

const count = { type: 'integer', minimum: 0 } as const

const SUMMARY = {
  type: 'object',
  description: 'The numbers of users of an import. Of an export only the total, as soon as it is known.',
  additionalProperties: false,
  required: ['total'],
  properties: { failed: count, updated: count, inserted: count, total: count, incomplete: count },
}

const { connection_id: _connection, ...exportProperties } = EXPORT_REQUEST.properties

export const JOB_ID = text('ID of the job.')

export const JOB: Shape = {
  schema: {
    title: 'Job',
    ...closed(['type', 'status', 'created_at', 'id'], {
      type: { type: 'string', enum: JOB_TYPES },
      status: { type: 'string', enum: JOB_STATUSES },
      connection_id: text('ID of the connection.'),
      ...exportProperties,
      bytes: integer('The size of the file of a completed export.', { minimum: 0 }),
      until: text('Send this as `since` to export the changes after this export.'),
      summary: SUMMARY,
      upsert: { type: 'string', enum: ['overwrite', 'merge'] },
      preserve: boolean('The ids, identities, timestamps and counters of the file were kept.'),
      dry_run: boolean('The file was checked and no user was stored.'),
      external_id: text('Customer-defined ID.'),
      connection: text('The name of the connection.'),
      location: text('The link to the file of a completed export, valid for 60 seconds.'),
      percentage_done: { type: 'integer', minimum: 0, maximum: 100 },
      time_left_seconds: count,
      status_details: text('More about the job, such as why it failed.'),
      error_code: text('The code of the failure of a failed job.'),
      created_at: text('ISO 8601.'),
      id: JOB_ID,
    }),
  },
  example: pendingJob('users_export', '1', { format: 'csv' }),
}

/** For examples in the OpenAPI document. `digit` ends the id, so that each example has another one. */
export function pendingJob(type: JobType, digit: string, members: object = {}): object {
  const created_at = '2026-01-31T12:00:00.000Z'
  return { type, status: 'pending', ...members, created_at, id: `job_000000000000000${digit}` }
}

/** Keeps the order in which Auth0 shows its members. Some members are only Muster's (docs/api.md). */
export function renderJob(job: Job, location?: string): Record<string, unknown> {
  const isRunning = job.status === 'processing'
  const left = job.status === 'expired' ? undefined : job
  return given({
    type: job.type,
    status: shownStatus(job),
    connection_id: left?.connection?.id,
    ...(left?.type === 'users_export' ? exportMembers(left) : {}),
    ...(left?.type === 'users_import' ? importMembers(left) : {}),
    connection: left?.connection?.name,
    location,
    percentage_done: isRunning ? (left?.progress?.percentageDone ?? 0) : undefined,
    time_left_seconds: isRunning ? left?.progress?.timeLeftSeconds : undefined,
    status_details: left === undefined ? undefined : detailsOf(left),
    error_code: left?.failureCode,
    created_at: job.createdAt.toISOString(),
    id: job.id,
  })
}

function detailsOf(job: LiveJob): string | undefined {
  const notes = job.type === 'users_import' ? (job.request.notes ?? []) : []
  const details = [...notes, ...(job.statusDetails === undefined ? [] : [job.statusDetails])]
  return details.length === 0 ? undefined : details.join(' ')
}

function exportMembers(job: ExportJob): Record<string, unknown> {
  const { format, limit, fields, q, since, sort, csv, metadata_columns, deletions } = job.request
  const until = job.receipt?.until
  const total = job.receipt?.rows ?? (job.status === 'processing' ? job.progress?.amounts?.total : undefined)
  const summary = total === undefined ? undefined : { total }
  const bytes = job.receipt?.bytes
  return { format, limit, fields, q, since, sort, csv, metadata_columns, deletions, bytes, until, summary }
}

// Of a form's request Auth0 shows only the external_id.
function importMembers({ request, summary }: ImportJob): Record<string, unknown> {
  const { by, upsert, preserve, dryRun, external_id } = request
  const asked = {
    upsert: upsert === 'no' ? undefined : upsert,
    preserve: preserve || undefined,
    dry_run: dryRun || undefined,
  }
  return { summary: summaryOf(summary), ...(by === 'stream' ? asked : {}), external_id }
}

// jsonb stores members in its own order; this restores Auth0's order.
function summaryOf(summary: ImportSummary | undefined): ImportSummary | undefined {
  if (summary === undefined) return undefined
  const { failed, updated, inserted, total, incomplete } = summary
  return given({ failed, updated, inserted, total, incomplete })
}
