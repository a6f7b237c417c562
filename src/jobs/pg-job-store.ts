import { addSeconds } from '../domain/clock.ts'
import { type ExportJob, type Job, type PlacedError, type Receipt, TRANSITIONS } from '../domain/job.ts'
import { writeJson } from '../domain/write-json.ts'
import type { Database, Session } from '../pg/database.ts'
import { givesRow } from '../pg/rows.ts'
import type { Claim, ErrorPage, JobStore, Outcome } from './job-store.ts'
import { dropLateBatches, importedSoFar, removeBatches } from './pg-job-batches.ts'
import { takeCensus } from './pg-job-census.ts'
import { claimJob, handBack, postpone } from './pg-job-claims.ts'
import { addJob, findKeyed, forgetKey, JOBS_CHANNEL } from './pg-job-keys.ts'
import { listJobs } from './pg-job-list.ts'
import { JOB_COLUMNS, type JobRow, jobOf } from './pg-job-row.ts'
import { pgUploads } from './pg-uploads.ts'

/** Runs in the transaction that completes an export, so that what it writes exists only with a completed export. */
export type OnExported = (session: Session, job: ExportJob, receipt: Receipt) => Promise<void>

export function pgJobStore(database: Database, onExported?: OnExported): JobStore {
  return {
    ...pgUploads(database),
    add: (job, key) => addJob(database, job, { isUploaded: false, key }),
    addUploaded: (job, key) => addJob(database, job, { isUploaded: true, key }),
    findKeyed: (key, now) => findKeyed(database, key, now),
    find: async (id) => (await findJobs(database, [id]))[0],
    findAll: (ids) => findJobs(database, ids),
    census: (now) => takeCensus(database, now),
    list: (listing) => listJobs(database, listing),
    errors: (id, page) => errorsOf(database, id, page),
    addErrors: (id, errors, refused) => addErrors(database, { id, refused }, errors),
    importedSoFar: (id) => importedSoFar(database, id),
    claim: (now, leaseSeconds, lane) =>
      claimJob(database, { now, until: addSeconds(now, leaseSeconds), lane }),
    renew: (held, now, lease) =>
      // No row if the fence has grown, because another worker then has the job.
      givesRow(
        database,
        `update muster.jobs set leased_until = $3, percentage_done = coalesce($4, percentage_done), time_left_seconds = $5, amounts = $6
         where id = $1 and fence = $2 and status = 'processing' returning id`,
        [
          held.job.id,
          held.fence,
          addSeconds(now, lease.seconds),
          lease.progress?.percentageDone ?? null,
          lease.progress?.timeLeftSeconds ?? null,
          lease.progress?.amounts ?? null,
        ],
      ),
    settle: (held, outcome) =>
      database.transaction(async (session) => {
        const isSettled = await settle(session, held, outcome)
        if (isSettled && outcome.kind === 'exported' && held.job.type === 'users_export')
          await onExported?.(session, held.job, outcome.receipt)
        return isSettled
      }),
    handBack: (held) => handBack(database, held),
    postpone: (held, now, postponement) => postpone(database, held, { now, ...postponement }),
    releaseAll: async () => {
      await database.query(`update muster.jobs set leased_until = null where status = 'processing'`)
      await database.query('delete from muster.uploads')
    },
    withFiles: async (ids) => new Set(await withFiles(database, ids)),
    dueToExpire: (before, limit, skipped = []) =>
      idsOf(database, `and status <> 'expired'`, [before, limit, skipped]),
    dueToForget: (before, limit, skipped = []) => idsOf(database, '', [before, limit, skipped]),
    markExpired: (id) => database.transaction((session) => markExpired(session, id)),
    forget: (id) => database.transaction((session) => forget(session, id)),
    dropLateBatches: () => dropLateBatches(database),
  }
}

async function findJobs(session: Session, ids: readonly string[]): Promise<Job[]> {
  const rows = await session.query<JobRow>(`select ${JOB_COLUMNS} from muster.jobs where id = any ($1)`, [
    ids,
  ])
  return rows.map(jobOf)
}

function errorsOf(session: Session, id: string, { after = -1, take }: ErrorPage): Promise<PlacedError[]> {
  return session.query<PlacedError>(
    'select position, error from muster.job_errors where job_id = $1 and position > $2 order by position limit $3',
    [id, after, take],
  )
}

async function addErrors(
  session: Session,
  { id, refused }: { readonly id: string; readonly refused: number | undefined },
  errors: readonly PlacedError[],
): Promise<void> {
  for (let at = 0; at < errors.length; at += ERRORS_AT_ONCE)
    await insertErrors(session, id, errors.slice(at, at + ERRORS_AT_ONCE))
  if (refused === undefined) return
  // A run that starts again counts from the beginning of its file, so its number is smaller at first.
  await session.query(
    `update muster.jobs set refused = $2 where id = $1 and status = 'processing' and refused < $2`,
    [id, refused],
  )
}

// The event loop serves nothing else while this many are written, so that must take only a few milliseconds.
const ERRORS_AT_ONCE = 500

// Without the share lock, an error could be added after `markExpired` has removed them, and stay (promise 7).
async function insertErrors(session: Session, id: string, errors: readonly PlacedError[]): Promise<void> {
  await session.query(
    `with job as (select id from muster.jobs where id = $1 and status = 'processing' for share)
     insert into muster.job_errors (job_id, position, error)
     select job.id, position, error from job, jsonb_to_recordset($2::jsonb) as given (position integer, error jsonb)
     on conflict do nothing`,
    [id, writeJson(errors)],
  )
}

function settle(session: Session, held: Claim, outcome: Outcome): Promise<boolean> {
  const { from, to } = TRANSITIONS[outcome.kind === 'failed' ? 'broke' : 'succeeded']
  return givesRow(
    session,
    `update muster.jobs set status = $3, leased_until = null, time_left_seconds = null, percentage_done = null,
       amounts = null, object_key = $4, receipt = $5, summary = $6, status_details = $7, failure_code = $9
     where id = $1 and fence = $2 and status = any($8) returning id`,
    [
      held.job.id,
      held.fence,
      to,
      outcome.kind === 'exported' ? outcome.objectKey : null,
      outcome.kind === 'exported' ? JSON.stringify(outcome.receipt) : null,
      'summary' in outcome ? JSON.stringify(outcome.summary) : null,
      'details' in outcome ? outcome.details : null,
      from,
      outcome.kind === 'failed' ? (outcome.code ?? null) : null,
    ],
  )
}

// One statement, because between two of them an upload could become a job and would be found by neither.
async function withFiles(database: Database, ids: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `select id from muster.jobs where id = any ($1) and status <> 'expired'
     union all select job_id from muster.uploads where job_id = any ($1)`,
    [ids],
  )
  return rows.map(({ id }) => id)
}

const AGE = `created_at at time zone 'UTC'`

async function idsOf(
  database: Database,
  condition: string,
  values: [Date, number, readonly string[]],
): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `select id from muster.jobs where ${AGE} <= $1::timestamptz at time zone 'UTC' ${condition} and id <> all ($3)
     order by ${AGE} limit $2`,
    values,
  )
  return rows.map((row) => row.id)
}

async function markExpired(session: Session, id: string): Promise<void> {
  // The row first: `insertErrors` locks it, so from here on no error is added.
  await session.query(
    `update muster.jobs set status = 'expired', connection_id = null, connection_name = null, request = null,
       leased_until = null, percentage_done = null, time_left_seconds = null, amounts = null, object_key = null,
       receipt = null, summary = null, status_details = null, failure_code = null, origin = null
     where id = $1`,
    [id],
  )
  await session.query('delete from muster.job_errors where job_id = $1', [id])
  await forgetKey(session, id)
  await removeBatches(session, id)
}

async function forget(session: Session, id: string): Promise<boolean> {
  // The row first: from here on no worker settles or renews the job. The foreign key removes its errors.
  const isGone = await givesRow(
    session,
    `with deleted as (delete from muster.jobs where id = $1 and status = any($2) returning id, status)
     select id, case status when 'processing' then pg_notify('${JOBS_CHANNEL}', id) end from deleted`,
    [id, TRANSITIONS.deleted.from],
  )
  // Also without a row: a worker that had lost the job may have stored another batch after the first removal.
  await removeBatches(session, id)
  return isGone
}
