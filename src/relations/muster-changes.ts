import { addSeconds } from '../domain/clock.ts'
import { literal } from '../pg/sql.ts'
import type { Changes, Recalled, Since, Statements } from './relation.ts'

/** Triggers on `muster.users` record the changes (pg/migrations/0004-changes-and-search.sql). */
export const musterChanges: Changes = {
  record: recordMoment,
  recall,
  isChanged: (since) => isAfter(since, 'changed'),
  deletedFrom: (since, ofConnection) => {
    // A user who was deleted and added again exists: the file has the user as changed, not as deleted.
    const isThere = ['users.user_id = gone.user_id', ...ofConnection.map((condition) => `users.${condition}`)]
    const isTold = [
      isAfter(since, 'deleted'),
      ...ofConnection,
      `not exists (select from muster.users where ${isThere.join(' and ')})`,
    ]
    return `from (select distinct user_id from muster.deleted_users as gone where ${isTold.join(' and ')}) as told`
  },
}

async function recordMoment(session: Statements, now: Date, snapshot: string): Promise<Date> {
  for (let moment = now; ; moment = addSeconds(moment, 0.001)) {
    const recorded = await session.query(
      `insert into muster.export_moments (moment, snapshot) values ($1, $2)
       on conflict (moment) do nothing returning moment`,
      [moment, snapshot],
    )
    if (recorded.length === 1) return moment
  }
}

async function recall(session: Statements, moment: Date): Promise<Recalled> {
  const [row] = await session.query<{ snapshot: string | null; is_forgotten: boolean }>(
    `select (select snapshot::text from muster.export_moments where moment = $1) as snapshot,
       exists (select from muster.forgotten_deletions where before > $1) as is_forgotten`,
    [moment],
  )
  // Nothing after a recorded export is forgotten, since `forget` keeps every deletion that the export could not see.
  if (typeof row?.snapshot === 'string') {
    return { since: { kind: 'snapshot', snapshot: row.snapshot }, isForgotten: false }
  }
  return { since: { kind: 'clock', moment }, isForgotten: row?.is_forgotten === true }
}

function isAfter(since: Since, what: 'changed' | 'deleted'): string {
  if (since.kind === 'clock') return `${what}_at > ${literal(since.moment.toISOString())}::timestamptz`
  const snapshot = `${literal(since.snapshot)}::pg_snapshot`
  return `${what}_by >= pg_snapshot_xmin(${snapshot}) and not pg_visible_in_snapshot(${what}_by, ${snapshot})`
}
