import type { Session } from '../../pg/database.ts'
import type { Column, ExportPlan } from '../../plan/export-plan.ts'
import { discoverColumns } from './discover-columns.ts'
import { limitOf } from './range.ts'
import { type Ranges, type Reading, readingOf, type SnapshotOptions } from './ranges.ts'
import { type Selection, selectionOf, usersFrom } from './selection.ts'
import { momentOf, sinceOf } from './since.ts'

export interface Way<Made extends Ranges> {
  readonly reading: Session
  /** Records the timestamp, since the reading session may be read-only. */
  readonly writing: Session
  settled(selection: Selection): Promise<Session>
  metadata(session: Session, selection: Selection, plan: ExportPlan): Promise<readonly string[]>
  cut(reading: Reading, moment: Date): Promise<Made>
}

export interface Opened<Made extends Ranges> {
  readonly moment: Date
  readonly selection: Selection
  readonly columns: readonly Column[]
  readonly cut: Made
}

/**
 * Everything that happens before the first user is read. The order matters: the snapshot comes before the timestamp, so
 * that the next export of a chain has what this one could not see.
 */
export async function openedBy<Made extends Ranges>(
  way: Way<Made>,
  options: SnapshotOptions,
): Promise<Opened<Made>> {
  const moment = await momentOf(way.writing, options, await seenBy(way.reading, options))
  const selection = selectionOf(options, await sinceOf(way.reading, options))
  const session = await way.settled(selection)
  const plan = await sharedPlan(session, selection, options)
  const found = plan.discoversMetadata
    ? await discoverColumns(session, plan.columns, await way.metadata(session, selection, plan))
    : plan.columns
  const columns = (await options.agreement?.columns(found)) ?? found
  const cut = await way.cut(readingOf({ ...options, plan }, selection, columns), moment)
  return { moment, selection, columns, cut }
}

// The users that a limit leaves may be in several databases.
async function sharedPlan(
  session: Session,
  selection: Selection,
  { plan, agreement }: SnapshotOptions,
): Promise<ExportPlan> {
  if (agreement === undefined || plan.limit === undefined) return plan
  const [row] = await session.query<{ users: bigint }>(
    `select count(*) as users from (select ${usersFrom(selection)} ${limitOf(plan.limit)}) as counted`,
  )
  return { ...plan, limit: await agreement.share(Number(row?.users ?? 0n)) }
}

// A snapshot of a replica does not list the transactions that still run on the primary, so the next export would miss
// their changes. An older snapshot of the primary lists them.
async function seenBy(reading: Session, { primary }: SnapshotOptions): Promise<string> {
  if (primary !== undefined) return primary.seen
  const [taken] = await reading.query<{ seen: string }>('select pg_current_snapshot()::text as seen')
  return taken?.seen ?? ''
}
