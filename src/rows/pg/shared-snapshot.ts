import type { OwnedSession, Session } from '../../pg/database.ts'
import { literal } from '../../pg/sql.ts'
import type { ExportPlan } from '../../plan/export-plan.ts'
import type { Snapshot } from '../row-source.ts'
import { keyRanges } from './key-ranges.ts'
import { metadataAtOnce } from './metadata-of-users.ts'
import { openedBy } from './open-snapshot.ts'
import { orderOf } from './order.ts'
import { copyRange, countRange, type Range } from './range.ts'
import type { Ranges, Reading, SnapshotOptions } from './ranges.ts'
import { bindSettings, type Selection } from './selection.ts'
import { endRead, SessionShelf } from './session-shelf.ts'
import { sortedRanges } from './sorted-ranges.ts'

const BEGIN = 'begin isolation level repeatable read read only'
// Time limits for short statements, of the pool or of an administrator, would end a long export.
const NO_TIME_LIMITS =
  'set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0'
// PostgreSQL notices a closed connection only when it sends something, and a count sends nothing before its end. With
// this setting it checks every 250 ms, which costs one system call each time. A server on Windows refuses the setting.
const NOTICES_ABORT = `do $$ begin perform set_config('client_connection_check_interval', '250', true); exception when others then null; end $$`
// To compile a query takes longer than to read a range or to count users.
const UNCOMPILED = 'set local jit = off'
// Several connections already read in parallel. Parallel workers for each range would take the cores from each other.
const ALONE = 'set local max_parallel_workers_per_gather = 0'
// With PostgreSQL's default of 4 MB a sort of many users would go to the disk. A server with more than 64 MB keeps its own.
const SORT_MEMORY = `select set_config('work_mem', greatest(65536, pg_size_bytes(current_setting('work_mem')) / 1024) || 'kB', true)`

/** `holder` keeps the snapshot open, so it must outlive the other connections, which read in it. */
export async function openShared(options: SnapshotOptions): Promise<Snapshot<Range>> {
  const database = options.database.until(options.signal)
  const holder = await database.connect()
  try {
    return await snapshotOf(holder, { ...options, database })
  } catch (error) {
    holder.release(true)
    throw error
  }
}

async function snapshotOf(holder: OwnedSession, options: SnapshotOptions): Promise<Snapshot<Range>> {
  const { database, plan, parallel } = options
  await holder.query(`${BEGIN}; ${NO_TIME_LIMITS}; ${UNCOMPILED}; ${NOTICES_ABORT}`)
  const [exported] = await holder.query<{ id: string }>('select pg_export_snapshot() as id')
  const settle = async (session: Session, selection: Selection): Promise<void> => {
    if (plan.sort !== undefined) await session.query(SORT_MEMORY)
    await bindSettings(session, selection)
  }
  const way = {
    reading: holder,
    writing: options.primary?.writing ?? database,
    settled: async (selection: Selection) => {
      await settle(holder, selection)
      return holder
    },
    metadata: async (_: Session, selection: Selection, within: ExportPlan) => [
      metadataAtOnce(within, selection),
    ],
    cut: (reading: Reading) => cutOf(holder, reading),
  }
  const { moment, selection, columns, cut } = await openedBy(way, options)
  const shelf = new SessionShelf(database, parallel, async (session) => {
    await session.query(
      `${BEGIN}; set transaction snapshot ${literal(exported?.id ?? '')}; ${NO_TIME_LIMITS}; ${UNCOMPILED}; ${ALONE}; ${NOTICES_ABORT}`,
    )
    await settle(session, selection)
  })
  let rows = 0
  const count = (lines: number): void => {
    rows += lines
  }
  return {
    moment,
    columns,
    ranges: cut.ranges,
    lines: cut.lines,
    parallel,
    isAlone: false,
    read: (range) => shelf.lend((session) => copyRange(session, range, count)),
    counts: () => ({ rows, counted: cut.lines }),
    close: async () => {
      await shelf.close()
      await endRead(holder)
    },
  }
}

async function cutOf(session: Session, reading: Reading): Promise<Ranges> {
  const { relation } = reading
  const { sort } = reading.plan
  const users = await (sort === undefined
    ? keyRanges(session, reading)
    : sortedRanges(session, reading, orderOf(sort, relation)))
  const { deletions } = reading.selection
  const gone = deletions === undefined ? 0 : await countRange(session, deletions)
  if (deletions === undefined || gone === 0) return users
  return { ranges: [deletions, ...users.ranges], lines: gone + users.lines }
}
