import type { Session } from '../pg/database.ts'
import { metadataInTurns } from './pg-columns.ts'
import type { Cut, Cutting, Opening } from './pg-cut.ts'
import { fixedSlices, LOOKED_UP } from './pg-fixed-order.ts'
import { keySlices } from './pg-key-slices.ts'
import { openedBy } from './pg-opening.ts'
import { bindSettings, type Selection } from './pg-selection.ts'
import { copySlice, countSlice, type Slice } from './pg-slice.ts'
import type { Snapshot } from './row-source.ts'

const BEGIN = 'begin isolation level repeatable read read only'

/** On one session for everybody: each slice is a short transaction of its own, counted where it is read. */
export async function openInTurns(opening: Opening): Promise<Snapshot<Slice>> {
  const database = opening.database.until(opening.signal)
  const inTurn = <T>(selection: Selection, work: (session: Session) => Promise<T>): Promise<T> =>
    database.transaction(async (session) => {
      await bindSettings(session, selection)
      return work(session)
    })
  const way = {
    reading: database,
    writing: database,
    settled: async (selection: Selection): Promise<Session> => ({
      query: (text, values) => inTurn(selection, (session) => session.query(text, values)),
    }),
    metadata: (session: Session, selection: Selection) => metadataInTurns(session, opening, selection),
    cut: (cutting: Cutting, moment: Date) =>
      inTurn(cutting.selection, (session) => cutOf(session, cutting, moment)),
  }
  const { moment, selection, columns, cut } = await openedBy(way, opening)
  const { slices, orderTable } = cut
  const begin = orderTable === undefined ? BEGIN : `${BEGIN}; ${LOOKED_UP}`
  let rows = 0
  let counted = 0
  async function* read(slice: Slice): AsyncGenerator<Uint8Array> {
    const session = await database.connect()
    let isDone = false
    try {
      await session.query(begin)
      await bindSettings(session, selection)
      counted += await countSlice(session, slice)
      yield* copySlice(session, slice, (lines) => {
        rows += lines
      })
      await session.query('commit')
      isDone = true
    } finally {
      session.release(!isDone)
    }
  }
  return {
    moment,
    columns,
    ranges: slices,
    parallel: 1,
    read,
    counts: () => ({ rows, counted }),
    close: async () => {
      // Where it cannot be dropped the engine is gone, and the table with it.
      if (orderTable !== undefined)
        await opening.database.query(`drop table ${orderTable}`).catch(() => undefined)
    },
  }
}

interface CutInTurns extends Cut {
  /** Holds the order of the users; absent where they are in the order of their keys. */
  readonly orderTable: string | undefined
}

async function cutOf(session: Session, cutting: Cutting, moment: Date): Promise<CutInTurns> {
  const { selection, plan } = cutting
  // Without an order of its own a limit is a key, unless users can come to match below that key meanwhile.
  const isFixed = plan.sort !== undefined || (plan.limit !== undefined && selection.isNarrow)
  const orderTable = isFixed ? `pg_temp.muster_order_${moment.getTime()}` : undefined
  const cut = await (orderTable === undefined
    ? keySlices(session, cutting)
    : fixedSlices(session, cutting, orderTable))
  // Deletions first: who is added again once they are read is told as a user, now or by the next export.
  const deletions = selection.deletions === undefined ? [] : [selection.deletions]
  return { slices: [...deletions, ...cut.slices], lines: cut.lines, orderTable }
}
