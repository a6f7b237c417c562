import { TRANSITIONS } from '../domain/job.ts'
import type { Session } from '../pg/database.ts'
import { givesRow } from '../pg/rows.ts'
import type { Claim, Lane, Postponement } from './job-store.ts'
import { isBatchOf } from './pg-job-batches.ts'
import { JOB_COLUMNS, type JobRow, jobOf } from './pg-job-row.ts'

/** Stored batches are the only progress that outlives a worker, so only they count. */
const STORED = `case type when 'users_import' then
  (select count(*) from muster.import_batches where ${isBatchOf('jobs.id')}) else 0 end`

interface Claiming {
  readonly now: Date
  readonly until: Date
  readonly lane: Lane | undefined
}

/**
 * `skip locked`, so that a worker does not wait for a job that another one is claiming. The index jobs_queue gives the
 * oldest job of a type first. `claims` counts the claims since the last progress: those that ended in order are
 * subtracted, the others were crashes.
 */
export async function claimJob(session: Session, { now, until, lane }: Claiming): Promise<Claim | undefined> {
  const [row] = await session.query<JobRow & { fence: bigint; claims: number }>(
    `with next as (
       select id as next_id, ${STORED} as stored from muster.jobs
       where status in ('pending', 'processing')
         and (leased_until is null or leased_until <= $1 or (status = 'processing' and leased_until > $4))
         and ($3::text is null or type = $3) ${lane?.isSmall === true ? 'and is_small' : ''}
       order by created_at limit 1 for update of jobs skip locked
     )
     update muster.jobs set status = 'processing', leased_until = $2, fence = fence + 1, batches = stored,
       claims = case when stored > batches then 1 else claims + 1 end,
       failures = case when stored > batches then 0 else failures end
     from next where id = next_id
     returning ${JOB_COLUMNS}, fence, claims`,
    [now, until, lane?.type ?? null, impossibleFrom(now, until)],
  )
  if (row === undefined) return undefined
  const job = jobOf(row)
  if (job.status === 'expired' || !('request' in job)) return undefined
  return { job, fence: Number(row.fence), crashes: row.claims - 1 }
}

// No lease is this long, so the clock was set back after it was made. Without this the job would stay with a dead
// worker until the clock has caught up.
function impossibleFrom(now: Date, until: Date): Date {
  return new Date(2 * until.getTime() - now.getTime())
}

export async function handBack(session: Session, held: Claim): Promise<void> {
  await session.query(
    `update muster.jobs set status = $3, leased_until = null, claims = greatest(claims - 1, 0)
     where id = $1 and fence = $2 and status = 'processing'`,
    [held.job.id, held.fence, TRANSITIONS.handed_back.to],
  )
}

export function postpone(
  session: Session,
  held: Claim,
  { now, pauses, details }: Postponement & { readonly now: Date },
): Promise<boolean> {
  return givesRow(
    session,
    `with held as (
       select id as held_id, ${STORED} as stored from muster.jobs
       where id = $1 and fence = $2 and status = 'processing' for update of jobs
     ), failing as (
       select held_id, stored, case when stored > batches then 1 else failures + 1 end as failed
       from held join muster.jobs on id = held_id
     )
     update muster.jobs set status = $3, claims = greatest(claims - 1, 0), batches = stored, failures = failed,
       leased_until = $4::timestamptz + make_interval(secs => ($5::float8[])[failed]), status_details = $6
     from failing where id = held_id and failed <= cardinality($5::float8[]) returning id`,
    [held.job.id, held.fence, TRANSITIONS.handed_back.to, now, pauses, details],
  )
}
