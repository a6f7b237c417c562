import { METADATA } from '../domain/profile.ts'
import type { Session } from '../pg/database.ts'
import type { Column, ExportPlan } from '../plan/export-plan.ts'
import type { Opening } from './pg-cut.ts'
import { discoverColumns } from './pg-discover.ts'
import { surveyOf } from './pg-key-slices.ts'
import { sinceOf } from './pg-moments.ts'
import { orderBy, orderOf } from './pg-order.ts'
import { bindSettings, type Selection, selectionOf, usersFrom } from './pg-selection.ts'
import { limitOf } from './pg-slice.ts'
import { cutRanges } from './ranges.ts'

/** The columns of the file, discovered in the session's snapshot if the plan says so. Fails with `columns_too_many`. */
export async function columnsAtOnce(
  session: Session,
  plan: ExportPlan,
  selection: Selection,
): Promise<readonly Column[]> {
  if (!plan.discoversMetadata) return plan.columns
  return discoverColumns(session, plan.columns, [allUsers(plan, selection)])
}

/**
 * The same on one session for everybody: some users after others, each time in a short transaction. So a user
 * who is changed meanwhile may have metadata that no column shows.
 */
export async function columnsInTurns(opening: Opening): Promise<readonly Column[]> {
  const { database, plan, usersPerRange } = opening
  if (!plan.discoversMetadata) return plan.columns
  const selection = selectionOf(plan, await sinceOf(database, plan))
  const inTurn = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    database.transaction(async (session) => {
      await bindSettings(session, selection)
      return work(session)
    })
  const parts = await inTurn((session) => partsOf(session, plan, { selection, usersPerRange }))
  const session: Session = { query: (text, values) => inTurn((held) => held.query(text, values)) }
  return discoverColumns(session, plan.columns, parts)
}

async function partsOf(
  session: Session,
  plan: ExportPlan,
  { selection, usersPerRange }: { readonly selection: Selection; readonly usersPerRange: number },
): Promise<readonly string[]> {
  const isByKey = plan.sort === undefined || plan.limit === undefined
  const ranges = isByKey ? cutRanges(await surveyOf(session, plan, selection), usersPerRange) : []
  if (ranges.length < 2) return [allUsers(plan, selection)]
  return ranges.map(({ after, upTo }) =>
    metadataOf(usersFrom(selection, [`key > ${after}`, `key <= ${upTo}`])),
  )
}

function allUsers(plan: ExportPlan, selection: Selection): string {
  const all = metadataOf(usersFrom(selection))
  if (plan.limit === undefined) return all
  const order = plan.sort === undefined ? 'order by key' : orderBy(orderOf(plan.sort))
  return `${all} ${order} ${limitOf(plan.limit)}`
}

function metadataOf(from: string): string {
  return `select ${METADATA.join(', ')} ${from}`
}
