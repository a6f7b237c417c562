import type { JobCensus } from '../domain/seen.ts'
import type { Session } from '../pg/database.ts'

/** By the index jobs_list alone, and by jobs_queue. */
export async function takeCensus(session: Session, now: Date): Promise<JobCensus> {
  const counts = await session.query<JobCensus['counts'][number]>(
    'select type, status, count(*)::int as jobs from muster.jobs group by type, status',
  )
  // A job that waits for its next try is not old: it is not due yet.
  const ages = await session.query<JobCensus['ages'][number]>(
    `select type, greatest(extract(epoch from $1::timestamptz - min(created_at)), 0)::float8 as seconds
     from muster.jobs where status = 'pending' and (leased_until is null or leased_until <= $1) group by type`,
    [now],
  )
  return { counts, ages }
}
