import { FORMATS } from '../../formats/formats.ts'
import type { Session } from '../../pg/database.ts'
import { literal } from '../../pg/sql.ts'
import type { ExportPlan } from '../../plan/export-plan.ts'
import type { Relation, Since } from '../../relations/relation.ts'
import { filterSql } from '../../search/filter-sql.ts'
import { lineByLine, type Range } from './range.ts'

export interface Selection {
  readonly relation: Relation
  readonly conditions: readonly string[]
  /** Those of the conditions that choose the connection. */
  readonly wide: readonly string[]
  /** There is a filter or `since`, whose index may find the users faster than their keys. */
  readonly isNarrow: boolean
  /**
   * The caller's texts. Conditions read them as settings `muster.p1`, `muster.p2`, … since COPY takes no parameters.
   */
  readonly settings: readonly string[]
  readonly deletions?: Range
}

export function selectionOf(
  { plan, relation }: { readonly plan: ExportPlan; readonly relation: Relation },
  since: Since | undefined,
): Selection {
  const { changes } = relation
  const connection =
    plan.connectionId === undefined || relation.connection === undefined
      ? []
      : [`${relation.connection} = ${literal(plan.connectionId)}`]
  const changed = since === undefined || changes === undefined ? [] : [changes.isChanged(since)]
  const settings: string[] = []
  const found = plan.filter === undefined ? [] : [filterSql(plan.filter, relation, boundTo(settings))]
  const line = plan.ignoresDeletions === true ? undefined : FORMATS[plan.format].rows.deletion?.('user_id')
  const from = since === undefined ? undefined : changes?.deletedFrom?.(since, connection)
  return {
    relation,
    conditions: [...connection, ...changed, ...found],
    wide: connection,
    isNarrow: changed.length + found.length > 0,
    settings,
    ...(line === undefined || from === undefined
      ? {}
      : { deletions: lineByLine({ line, from, order: 'order by user_id' }) }),
  }
}

export function usersFrom(selection: Selection, more: readonly string[] = [], join = ''): string {
  const all = [...more, ...selection.conditions]
  return `from ${selection.relation.from} ${join} ${all.length === 0 ? '' : `where ${all.join(' and ')}`}`
}

/** They hold for the transaction only, so that the next export on the connection does not read them. */
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
