import { addSeconds } from '../domain/clock.ts'
import type { Database, Session } from '../pg/database.ts'
import { run } from '../pg/rows.ts'
import type { JobStore } from './job-store.ts'

// Uploads that begin together must not all find the same last place free, so they count one after the other.
const BEGIN_LOCK = 7_236_459

type Uploads = Pick<JobStore, 'beginUpload' | 'renewUpload' | 'endUpload' | 'dropUploads'>

export function pgUploads(database: Database): Uploads {
  return {
    beginUpload: (id, now, limits) =>
      database.transaction((session) => begin(session, { id, now, ...limits })),
    renewUpload: (id, now, leaseSeconds) =>
      run(database, 'update muster.uploads set leased_until = $2 where job_id = $1', [
        id,
        addSeconds(now, leaseSeconds),
      ]),
    endUpload: (id) => run(database, 'delete from muster.uploads where job_id = $1', [id]),
    dropUploads: (now, leaseSeconds) => drop(database, now, leaseSeconds),
  }
}

interface Beginning {
  readonly id: string
  readonly now: Date
  readonly leaseSeconds: number
  readonly activeMax: number
}

async function begin(
  session: Session,
  { id, now, leaseSeconds, activeMax }: Beginning,
): Promise<{ active: number } | undefined> {
  await session.query('select pg_advisory_xact_lock($1)', [BEGIN_LOCK])
  await drop(session, now, leaseSeconds)
  // One statement, so that an upload that becomes a job meanwhile counts once. It uses the index jobs_queue.
  const [row] = await session.query<{ active: bigint }>(
    `select (select count(*) from muster.uploads) + (
       select count(*) from muster.jobs where type = 'users_import' and status in ('pending', 'processing')
     ) as active`,
  )
  const active = Number(row?.active ?? 0n)
  if (active >= activeMax) return { active }
  await session.query('insert into muster.uploads (job_id, leased_until) values ($1, $2)', [
    id,
    addSeconds(now, leaseSeconds),
  ])
  return undefined
}

// A lease that ends later than two leases from now was made before the clock was set back (ADR 13). Without this it
// would block the place until then.
function drop(session: Session, now: Date, leaseSeconds: number): Promise<void> {
  return run(session, 'delete from muster.uploads where leased_until <= $1 or leased_until > $2', [
    now,
    addSeconds(now, 2 * leaseSeconds),
  ])
}
