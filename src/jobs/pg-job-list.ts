import type { Job } from '../domain/job.ts'
import type { Session } from '../pg/database.ts'
import type { JobListing, JobSpan } from './job-store.ts'
import { JOB_COLUMNS, type JobRow, jobOf } from './pg-job-row.ts'

// The spans, in four lists, and `take`.
const COMMON_VALUES = 5

/**
 * Reads at most `take` entries of the index for each span: of `jobs_list`, or of `jobs_of_connection`. Only the rows of the
 * page itself are read, since a request may be large.
 */
export async function listJobs(
  session: Session,
  { spans, connectionId, from, take }: JobListing,
): Promise<readonly Job[]> {
  // PostgreSQL refuses values that the statement does not name. So each condition brings its own.
  const values: unknown[] = []
  const given = (value: unknown): string => `$${COMMON_VALUES + values.push(value)}`
  const connection = connectionId === undefined ? '' : `and connection_id = ${given(connectionId)}`
  const place = from === undefined ? undefined : { createdAt: given(from.createdAt), id: given(from.id) }
  // One upper bound, which is where the scan of the index begins. With two, it could begin at the wrong one and read all
  // jobs above the place. Timestamps of jobs are whole milliseconds.
  const end =
    place === undefined ? 'before' : `least(before, ${place.createdAt}::timestamptz + interval '1 ms')`
  const below = place === undefined ? '' : `and (created_at, id) < (${place.createdAt}, ${place.id})`
  // The lower bound is outside of the inner select. PostgreSQL expects so few jobs between two bounds that it would read and
  // sort all of them.
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
