import { METADATA } from '../../domain/profile.ts'
import type { Session } from '../../pg/database.ts'
import type { ExportPlan } from '../../plan/export-plan.ts'
import type { Relation } from '../../relations/relation.ts'
import { evenRanges } from './even-ranges.ts'
import { keySpanOf } from './key-ranges.ts'
import { orderBy, orderOf } from './order.ts'
import { limitOf } from './range.ts'
import type { SnapshotOptions } from './ranges.ts'
import { type Selection, usersFrom } from './selection.ts'

/**
 * One select for each range, for short transactions: other statements run in between. A user who changes between two of
 * them may have metadata without a column.
 */
export async function metadataInTurns(
  session: Session,
  { plan, usersPerRange }: Pick<SnapshotOptions, 'plan' | 'usersPerRange'>,
  selection: Selection,
): Promise<readonly string[]> {
  const { key } = selection.relation
  const isByKey = key.cut === 'evenly' && (plan.sort === undefined || plan.limit === undefined)
  const ranges = isByKey ? evenRanges(await keySpanOf(session, plan, selection), usersPerRange) : []
  if (ranges.length < 2) return [metadataAtOnce(plan, selection)]
  return ranges.map(({ after, upTo }) =>
    metadataOf(selection.relation, usersFrom(selection, [`${key.sql} > ${after}`, `${key.sql} <= ${upTo}`])),
  )
}

export function metadataAtOnce(plan: ExportPlan, selection: Selection): string {
  const { relation } = selection
  const all = metadataOf(relation, usersFrom(selection))
  if (plan.limit === undefined) return all
  const order =
    plan.sort === undefined ? `order by ${relation.key.sql}` : orderBy(orderOf(plan.sort, relation))
  return `${all} ${order} ${limitOf(plan.limit)}`
}

function metadataOf(relation: Relation, from: string): string {
  const columns = METADATA.map((name) => `${relation.json(name) ?? 'null::jsonb'} as ${name}`)
  return `select ${columns.join(', ')} ${from}`
}
