import { addSeconds } from '../domain/clock.ts'
import { JOB_LIFETIME_SECONDS } from '../domain/job.ts'
import type { ClientKey, RequestKey } from '../domain/request-key.ts'
import type { Session } from '../pg/database.ts'
import { givesRow, run } from '../pg/rows.ts'
import type { KeyedJob, NewJob } from './job-store.ts'
import { JOB_COLUMNS, type JobRow, jobOf } from './pg-job-row.ts'

/** The database reports a new job here by an empty text, and the deletion of a running job by its id. */
export const JOBS_CHANNEL = 'muster_jobs'

interface Adding {
  readonly isUploaded: boolean
  readonly key: RequestKey | undefined
}

/**
 * One statement, so that a job and its key are there together. Of two requests with the same key, the second waits
 * until the first is committed. A key of 24 hours is overwritten, because the sweeper may be late.
 * With the job, all processes that listen on the channel get a notice.
 */
export function addJob(session: Session, job: NewJob, { isUploaded, key }: Adding): Promise<boolean> {
  const { id, type, createdAt, connection, request, origin } = job
  const isSmall = 'isSmall' in job && job.isSmall === true
  const upload = 'upload as (delete from muster.uploads where job_id = $1 returning job_id)'
  const keyed = `key as (
    insert into muster.job_keys as old (client_id, key, job_id, request_hash, created_at)
    select $8, $9, $1, $10, $3::timestamptz ${isUploaded ? 'from upload' : ''}
    on conflict (client_id, key) do update
      set job_id = excluded.job_id, request_hash = excluded.request_hash, created_at = excluded.created_at
      where old.created_at <= $11
    returning job_id
  )`
  const source = key === undefined ? (isUploaded ? 'from upload' : '') : 'from key'
  const added = `added as (
    insert into muster.jobs
      (id, type, status, created_at, connection_id, connection_name, request, origin, is_small)
    select $1, $2, 'pending', $3::timestamptz, $4, $5, $6::jsonb, $7::jsonb, ${isSmall} ${source} returning id
  )`
  const steps = [...(isUploaded ? [upload] : []), ...(key === undefined ? [] : [keyed]), added]
  return givesRow(
    session,
    `with ${steps.join(', ')} select id, pg_notify('${JOBS_CHANNEL}', '') from added`,
    [
      ...[id, type, createdAt, connection?.id, connection?.name, JSON.stringify(request), origin],
      ...(key === undefined ? [] : [key.clientId, key.key, key.requestHash, forgottenAt(createdAt)]),
    ],
  )
}

export async function findKeyed(
  session: Session,
  { clientId, key }: ClientKey,
  now: Date,
): Promise<KeyedJob | undefined> {
  const [row] = await session.query<JobRow & { request_hash: string }>(
    `select ${JOB_COLUMNS}, request_hash from muster.jobs
     join (
       select job_id, request_hash from muster.job_keys
       where client_id = $1 and key = $2 and created_at > $3
     ) as keyed on job_id = id`,
    [clientId, key, forgottenAt(now)],
  )
  return row === undefined ? undefined : { job: jobOf(row), requestHash: row.request_hash }
}

export function forgetKey(session: Session, jobId: string): Promise<void> {
  return run(session, 'delete from muster.job_keys where job_id = $1', [jobId])
}

function forgottenAt(now: Date): Date {
  return addSeconds(now, -JOB_LIFETIME_SECONDS)
}
