import type { Session } from '../pg/database.ts'
import type { ExportPlan } from '../plan/export-plan.ts'
import type { Cut, Cutting } from './pg-cut.ts'
import { type Selection, usersFrom } from './pg-selection.ts'
import { limitOf, type Slice } from './pg-slice.ts'
import { cutRanges, type Survey } from './ranges.ts'

/** Cuts the users in the order in which they were added, which is that of their keys. */
export async function keySlices(session: Session, cutting: Cutting): Promise<Cut> {
  const { selection, shape, usersPerRange } = cutting
  const survey = await surveyOf(session, cutting.plan, selection)
  const slice = (...bounds: string[]): Slice => ({
    shape,
    from: usersFrom(selection, bounds),
    order: 'order by key',
  })
  // A few, found by whatever index finds them: bounds would tempt the planner to walk the keys instead.
  const isOne = selection.isNarrow && survey.users <= usersPerRange && cutting.plan.limit === undefined
  if (isOne) return { slices: survey.users === 0 ? [] : [slice()], lines: survey.users }
  const ranges = cutRanges(survey, usersPerRange)
  return {
    slices: ranges.map(({ after, upTo }) => slice(`key > ${after}`, `key <= ${upTo}`)),
    lines: survey.users,
  }
}

/** Walks the primary key, or users_connection; a limit ends at the key of its last user. */
export async function surveyOf(
  session: Session,
  { limit }: ExportPlan,
  selection: Selection,
): Promise<Survey> {
  const from = usersFrom(selection)
  const source =
    limit === undefined ? from : `from (select key ${from} order by key ${limitOf(limit)}) as users`
  const [row] = await session.query<{ first: bigint | null; last: bigint | null; users: bigint }>(
    `select min(key) as first, max(key) as last, count(*) as users ${source}`,
  )
  return { first: row?.first ?? 0n, last: row?.last ?? 0n, users: Number(row?.users ?? 0n) }
}
