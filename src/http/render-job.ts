import type { ExportJob, ImportJob, ImportSummary, Job, LiveJob } from '../domain/job.ts'

export const JOB_ID = { type: 'string', description: 'ID of the job.' } as const

/** A job as Auth0 shows it, member for member and in its order (recorded exchanges; see docs/api.md). */
export function renderJob(job: Job, location?: string): Record<string, unknown> {
  const isRunning = job.status === 'processing'
  const left = job.status === 'expired' ? undefined : job
  return withoutAbsent({
    type: job.type,
    status: statusOf(job),
    connection_id: left?.connection?.id,
    ...(left?.type === 'users_export' ? exportMembers(left) : {}),
    ...(left?.type === 'users_import' ? importMembers(left) : {}),
    connection: left?.connection?.name,
    location,
    percentage_done: isRunning ? (left?.progress?.percentageDone ?? 0) : undefined,
    time_left_seconds: isRunning ? left?.progress?.timeLeftSeconds : undefined,
    status_details: left === undefined ? undefined : detailsOf(left),
    created_at: job.createdAt.toISOString(),
    id: job.id,
  })
}

// Auth0's imports know three statuses, and its clients take any other for the end. The share that is done shows that it runs.
function statusOf({ type, status }: Job): Job['status'] {
  return type === 'users_import' && status === 'processing' ? 'pending' : status
}

function detailsOf(job: LiveJob): string | undefined {
  const notes = job.type === 'users_import' ? (job.request.notes ?? []) : []
  const details = [...notes, ...(job.statusDetails === undefined ? [] : [job.statusDetails])]
  return details.length === 0 ? undefined : details.join(' ')
}

function exportMembers(job: ExportJob): Record<string, unknown> {
  const { format, limit, fields, q, since, sort, csv, metadata_columns } = job.request
  const until = job.receipt?.until
  return { format, limit, fields, q, since, sort, csv, metadata_columns, until }
}

// Recorded jobs of a form show nothing of what was asked for but the external_id.
function importMembers({ request, summary }: ImportJob): Record<string, unknown> {
  const { by, upsert, preserve, dryRun, external_id } = request
  const asked = {
    upsert: upsert === 'no' ? undefined : upsert,
    preserve: preserve || undefined,
    dry_run: dryRun || undefined,
  }
  return { summary: summaryOf(summary), ...(by === 'stream' ? asked : {}), external_id }
}

// A store may keep members in an order of its own (jsonb does).
function summaryOf(summary: ImportSummary | undefined): ImportSummary | undefined {
  if (summary === undefined) return undefined
  const { failed, updated, inserted, total, incomplete } = summary
  return { failed, updated, inserted, total, ...(incomplete === undefined ? {} : { incomplete }) }
}

export function withoutAbsent(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
