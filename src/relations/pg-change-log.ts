import type { Database } from '../pg/database.ts'
import type { ChangeLog } from './change-log.ts'
import { musterChanges } from './muster-changes.ts'

export function pgChangeLog(database: Database): ChangeLog {
  return {
    reachesBackTo: async (moment) => !(await musterChanges.recall(database, moment)).isForgotten,
    isRecorded: async (moment) => (await musterChanges.recall(database, moment)).since.kind === 'snapshot',
    forget: (before) => forget(database, before),
  }
}

// Keeps an old deletion that a recorded export could not see, because its transaction was still open at that export:
// the next export of that chain must name it. Uses the primary key of export_moments and the index deleted_users_at.
async function forget(database: Database, before: Date): Promise<void> {
  await database.query(
    `with moments as (
       delete from muster.export_moments where moment < $1 returning moment
     ), deletions as (
       delete from muster.deleted_users as gone where deleted_at < $1 and not exists (
         select from muster.export_moments where moment >= $1 and not pg_visible_in_snapshot(gone.deleted_by, snapshot)
       ) returning deleted_at
     )
     insert into muster.forgotten_deletions as known (before)
     select $1 where exists (select from moments) or exists (select from deletions)
     on conflict (only_row) do update set before = greatest(known.before, excluded.before)`,
    [before],
  )
}

/**
 * A dump that was restored into another cluster holds transaction ids that lie in the future there. Later changes would
 * look older than these, and exports would miss them. So users with such ids count as changed now, and chains of exports
 * start over. Called at the start. True if it found such ids.
 */
export function startOverIfRestored(database: Database, now: Date): Promise<boolean> {
  return database.transaction(async (session) => {
    // In a cluster that was not restored, every id that this snapshot can see is below its xmax.
    const [row] = await session.query<{ next: string; is_restored: boolean }>(
      `with next as (select pg_snapshot_xmax(pg_current_snapshot()) as id)
       select id::text as next,
         exists (select from muster.users where changed_by >= id)
         or exists (select from muster.deleted_users where deleted_by >= id)
         or exists (select from muster.export_moments where pg_snapshot_xmax(snapshot) > id) as is_restored
       from next`,
    )
    if (row?.is_restored !== true) return false
    await session.query('delete from muster.export_moments')
    await session.query('delete from muster.deleted_users')
    await session.query(
      `insert into muster.forgotten_deletions as known (before) values ($1)
       on conflict (only_row) do update set before = greatest(known.before, excluded.before)`,
      [now],
    )
    // The update changes nothing itself: the trigger replaces changed_by with the id of this transaction.
    await session.query('update muster.users set changed_by = changed_by where changed_by >= $1::xid8', [
      row.next,
    ])
    return true
  })
}
