import type { Job } from '../domain/job.ts'
import type { Session } from '../pg/database.ts'
import type { JobListing, JobSpan } from './job-store.ts'
import { JOB_COLUMNS, type JobRow, jobOf } from './pg-job-row.ts'

const COMMON_VALUES = 5

/**
 * A request may be large, so only the rows of the page are read. Before that at most `take` entries of the index
 * `jobs_list`, or `jobs_of_connection`, are read for each span.
 */
export async function listJobs(
  session: Session,
  { spans, connectionId, from, take }: JobListing,
): Promise<readonly Job[]> {
  // PostgreSQL refuses values that the statement does not name, so each condition brings its own.
  const values: unknown[] = []
  const given = (value: unknown): string => `$${COMMON_VALUES + values.push(value)}`
  const connection = connectionId === undefined ? '' : `and connection_id = ${given(connectionId)}`
  const place = from === undefined ? undefined : { createdAt: given(from.createdAt), id: given(from.id) }
  // The scan of the index begins at the upper bound. With two, it could begin at the wrong one and read all jobs above
  // the place, so `least` makes one. The millisecond lets it include jobs that are as old as the place.
  const end =
    place === undefined ? 'before' : `least(before, ${place.createdAt}::timestamptz + interval '1 ms')`
  const below = place === undefined ? '' : `and (created_at, id) < (${place.createdAt}, ${place.id})`
  // The lower bound is outside of the inner select. Inside, PostgreSQL would expect few jobs between two bounds and
  // would read and sort all of them.
  const columns: readonly (keyof JobSpan)[] = ['type', 'status', 'after', 'before']
  const rows = await session.query<JobRow>(
    `with page as (
       select found.id from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
         as span (of_type, in_status, after, before),
       lateral (
         select id, created_at from muster.jobs
         where type = of_type and status = in_status and created_at < ${end}
           ${connection} ${below}
         order by created_at desc, id desc limit $5
       ) as found
       where found.created_at > after
       order by found.created_at desc, found.id desc limit $5
     )
     select ${JOB_COLUMNS} from muster.jobs where id = any (array(select id from page))
     order by created_at desc, id desc`,
    [...columns.map((name) => spans.map((span) => span[name])), take, ...values],
  )
  return rows.map(jobOf)
}
