import { FORMATS } from '../formats/formats.ts'
import type { Session } from '../pg/database.ts'
import { literal } from '../pg/sql.ts'
import type { ExportPlan } from '../plan/export-plan.ts'
import { filterSql } from '../search/filter-sql.ts'
import type { Since } from './pg-moments.ts'
import { lineByLine, type Slice } from './pg-slice.ts'

/** Which users a plan asks for, in words of SQL. */
export interface Selection {
  /** All of them hold for a user asked for. */
  readonly conditions: readonly string[]
  /** More than a connection: an index of its own may find the users sooner than their keys. */
  readonly isNarrow: boolean
  /** What a caller wrote, which the conditions read as settings `muster.p1`, `muster.p2`, …: COPY takes no parameters. */
  readonly settings: readonly string[]
  /** Those who are no more, a line each; absent where none are told. */
  readonly deletions?: Slice
}

export function selectionOf(plan: ExportPlan, since: Since | undefined): Selection {
  const connection = plan.connectionId === undefined ? [] : [`connection_id = ${literal(plan.connectionId)}`]
  const changed = since === undefined ? [] : [isAfter(since, 'changed')]
  const settings: string[] = []
  const found = plan.filter === undefined ? [] : [filterSql(plan.filter, boundTo(settings))]
  const { deletion } = FORMATS[plan.format].rows
  return {
    conditions: [...connection, ...changed, ...found],
    isNarrow: changed.length + found.length > 0,
    settings,
    ...(since === undefined || deletion === undefined
      ? {}
      : { deletions: deletionsOf(connection, since, deletion('user_id')) }),
  }
}

/** `from … where …` of the users that are asked for, or of those among them for whom more holds. */
export function usersFrom(selection: Selection, more: readonly string[] = [], join = ''): string {
  const all = [...more, ...selection.conditions]
  return `from muster.users ${join} ${all.length === 0 ? '' : `where ${all.join(' and ')}`}`
}

/** Gives a transaction the settings that the conditions read. */
export async function bindSettings(session: Session, { settings }: Selection): Promise<void> {
  if (settings.length === 0) return
  await session.query(
    `select set_config('muster.p' || place, value, true) from unnest($1::text[]) with ordinality as given (value, place)`,
    [settings],
  )
}

function boundTo(settings: string[]): (value: string) => string {
  return (value) => `current_setting('muster.p${settings.push(value)}')`
}

// The indexes users_changed_by, deleted_users_by and deleted_users_at.
function isAfter(since: Since, what: 'changed' | 'deleted'): string {
  if (since.kind === 'clock') return `${what}_at > ${literal(since.moment.toISOString())}::timestamptz`
  const snapshot = `${literal(since.snapshot)}::pg_snapshot`
  return `${what}_by >= pg_snapshot_xmin(${snapshot}) and not pg_visible_in_snapshot(${what}_by, ${snapshot})`
}

// Somebody deleted and added again is no deletion but a user who has changed.
function deletionsOf(connection: readonly string[], since: Since, line: string): Slice {
  const isThere = ['users.user_id = gone.user_id', ...connection.map((condition) => `users.${condition}`)]
  const isTold = [
    isAfter(since, 'deleted'),
    ...connection,
    `not exists (select from muster.users where ${isThere.join(' and ')})`,
  ]
  return lineByLine({
    line,
    from: `from (select distinct user_id from muster.deleted_users as gone where ${isTold.join(' and ')}) as told`,
    order: 'order by user_id',
  })
}
