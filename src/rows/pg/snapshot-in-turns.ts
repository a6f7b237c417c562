import type { Lent } from '../../domain/lent.ts'
import type { Session } from '../../pg/database.ts'
import type { ExportPlan } from '../../plan/export-plan.ts'
import type { Snapshot } from '../row-source.ts'
import { keyRanges } from './key-ranges.ts'
import { metadataInTurns } from './metadata-of-users.ts'
import { openedBy } from './open-snapshot.ts'
import { copyRange, countRange, type Range } from './range.ts'
import type { Ranges, Reading, SnapshotOptions } from './ranges.ts'
import { LOOKED_UP, rangesOfWrittenOrder } from './ranges-of-written-order.ts'
import { bindSettings, type Selection } from './selection.ts'

const BEGIN = 'begin isolation level repeatable read read only'

/**
 * For an engine with one session: each range is a short transaction, so that requests run in between. Users may change
 * in between too, so only a count in the same transaction can show that a range lost lines.
 */
export async function openInTurns(options: SnapshotOptions): Promise<Snapshot<Range>> {
  const database = options.database.until(options.signal)
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
    metadata: (session: Session, selection: Selection, plan: ExportPlan) =>
      metadataInTurns(session, { ...options, plan }, selection),
    cut: (reading: Reading, moment: Date) =>
      inTurn(reading.selection, (session) => cutOf(session, reading, moment)),
  }
  const { moment, selection, columns, cut } = await openedBy(way, options)
  const { ranges, lines, orderTable } = cut
  const begin = orderTable === undefined ? BEGIN : `${BEGIN}; ${LOOKED_UP}`
  let rows = 0
  let counted = 0
  async function* read(range: Range): AsyncGenerator<Lent> {
    const session = await database.connect()
    let isDone = false
    try {
      await session.query(begin)
      await bindSettings(session, selection)
      counted += await countRange(session, range)
      yield* copyRange(session, range, (more) => {
        rows += more
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
    ranges,
    lines,
    parallel: 1,
    isAlone: true,
    read,
    counts: () => ({ rows, counted }),
    close: async () => {
      // If the drop fails, the engine has stopped, and the temporary table is gone too.
      if (orderTable !== undefined)
        await options.database.query(`drop table ${orderTable}`).catch(() => undefined)
    },
  }
}

interface RangesInTurns extends Ranges {
  readonly orderTable: string | undefined
}

async function cutOf(session: Session, reading: Reading, moment: Date): Promise<RangesInTurns> {
  const { selection, plan } = reading
  // Without a sort, a limit ends at a key. But with a filter, more users below that key may match before they are read,
  // and the file would exceed the limit. So the order is written down.
  const isFixed = plan.sort !== undefined || (plan.limit !== undefined && selection.isNarrow)
  const orderTable = isFixed ? `pg_temp.muster_order_${moment.getTime()}` : undefined
  const cut = await (orderTable === undefined
    ? keyRanges(session, reading)
    : rangesOfWrittenOrder(session, reading, orderTable))
  // Deletions come first, so a user who is added again after they were read is in the file or in the next export.
  const deletions = selection.deletions === undefined ? [] : [selection.deletions]
  return { ranges: [...deletions, ...cut.ranges], lines: cut.lines, orderTable }
}
