import type { Session } from '../pg/database.ts'
import type { Column } from '../plan/export-plan.ts'
import { columnsInTurns } from './pg-columns.ts'
import { cuttingOf, type Opening } from './pg-cut.ts'
import { fixedSlices, LOOKED_UP } from './pg-fixed-order.ts'
import { keySlices } from './pg-key-slices.ts'
import { recordMoment, sinceOf } from './pg-moments.ts'
import { bindSettings, type Selection, selectionOf } from './pg-selection.ts'
import { copySlice, countSlice, type Slice } from './pg-slice.ts'
import type { Snapshot } from './row-source.ts'

const BEGIN = 'begin isolation level repeatable read read only'

/** On one session for everybody: each slice is a short transaction of its own, counted where it is read. */
export async function openInTurns(opening: Opening): Promise<Snapshot<Slice>> {
  const { database } = opening
  const columns = await columnsInTurns(opening)
  const { moment, selection, slices, orderTable } = await database.transaction((session) =>
    prepare(session, opening, columns),
  )
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
      if (orderTable !== undefined) await database.query(`drop table ${orderTable}`).catch(() => undefined)
    },
  }
}

interface Prepared {
  readonly moment: Date
  readonly selection: Selection
  readonly slices: readonly Slice[]
  readonly orderTable: string | undefined
}

async function prepare(session: Session, opening: Opening, columns: readonly Column[]): Promise<Prepared> {
  const { clock, plan } = opening
  const [taken] = await session.query<{ seen: string }>('select pg_current_snapshot()::text as seen')
  const moment = await recordMoment(session, clock.now(), taken?.seen ?? '')
  const selection = selectionOf(plan, await sinceOf(session, plan))
  await bindSettings(session, selection)
  const cutting = cuttingOf(opening, selection, columns)
  // Without an order of its own a limit is a key, unless users can come to match below that key meanwhile.
  const isFixed = plan.sort !== undefined || (plan.limit !== undefined && selection.isNarrow)
  const orderTable = isFixed ? `pg_temp.muster_order_${moment.getTime()}` : undefined
  const cut = await (orderTable === undefined
    ? keySlices(session, cutting)
    : fixedSlices(session, cutting, orderTable))
  // Deletions first: who is added again once they are read is told as a user, now or by the next export.
  const slices = [...(selection.deletions === undefined ? [] : [selection.deletions]), ...cut.slices]
  return { moment, selection, slices, orderTable }
}
