import type { JobCensus } from '../domain/seen.ts'
import type { Session } from '../pg/database.ts'

/** The counts need only the index jobs_list, and the ages use the index jobs_queue. So no large request is read. */
export async function takeCensus(session: Session, now: Date): Promise<JobCensus> {
  const counts = await session.query<JobCensus['counts'][number]>(
    'select type, status, count(*)::int as jobs from muster.jobs group by type, status',
  )
  // A postponed job is left out until its pause ends, since it does not wait for a worker.
  const ages = await session.query<JobCensus['ages'][number]>(
    `select type, greatest(extract(epoch from $1::timestamptz - min(created_at)), 0)::float8 as seconds
     from muster.jobs where status = 'pending' and (leased_until is null or leased_until <= $1) group by type`,
    [now],
  )
  return { counts, ages }
}
