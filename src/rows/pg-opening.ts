import type { Session } from '../pg/database.ts'
import type { Column } from '../plan/export-plan.ts'
import { type Cut, type Cutting, cuttingOf, type Opening } from './pg-cut.ts'
import { discoverColumns } from './pg-discover.ts'
import { momentOf, sinceOf } from './pg-moments.ts'
import { type Selection, selectionOf } from './pg-selection.ts'

/** How an engine reads: all in one snapshot, or in turns with others. */
export interface Way<Ranges extends Cut> {
  /** Reads what the export shows. */
  readonly reading: Session
  /** Writes the timestamp. */
  readonly writing: Session
  /** Gives statements the settings that the selection's conditions read. */
  settled(selection: Selection): Promise<Session>
  /** Selects of app_metadata and user_metadata, together of all users. */
  metadata(session: Session, selection: Selection): Promise<readonly string[]>
  cut(cutting: Cutting, moment: Date): Promise<Ranges>
}

export interface Opened<Ranges extends Cut> {
  readonly moment: Date
  readonly selection: Selection
  readonly columns: readonly Column[]
  readonly cut: Ranges
}

/** Everything that is settled before the first user is read. The order is the same on every engine. */
export async function openedBy<Ranges extends Cut>(
  way: Way<Ranges>,
  opening: Opening,
): Promise<Opened<Ranges>> {
  const { plan } = opening
  const [taken] = await way.reading.query<{ seen: string }>('select pg_current_snapshot()::text as seen')
  const moment = await momentOf(way.writing, opening, taken?.seen ?? '')
  const selection = selectionOf(opening, await sinceOf(way.reading, opening))
  const session = await way.settled(selection)
  const columns = plan.discoversMetadata
    ? await discoverColumns(session, plan.columns, await way.metadata(session, selection))
    : plan.columns
  const cut = await way.cut(cuttingOf(opening, selection, columns), moment)
  return { moment, selection, columns, cut }
}
