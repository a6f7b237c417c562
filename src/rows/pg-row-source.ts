import type { Database, OwnedSession, Session } from '../pg/database.ts'
import { literal } from '../pg/sql.ts'
import type { ExportPlan } from '../plan/export-plan.ts'
import { bareCells } from './bare-cells.ts'
import { csvShape } from './pg-csv.ts'
import { ndjsonShape } from './pg-ndjson.ts'
import { endRead, SessionShelf } from './pg-session-shelf.ts'
import { cutRanges, type Survey } from './ranges.ts'
import type { Range, RowSource, Snapshot } from './row-source.ts'

export interface RowSourceOptions {
  /** Connections that read one export at once. */
  readonly parallel: number
  /** Bounds what a range may buffer, and on the embedded engine how long other statements wait for it. */
  readonly usersPerRange: number
}

const BEGIN = 'begin isolation level repeatable read read only'
// What an administrator set for requests would end a long export.
const NO_TIME_LIMITS = 'set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0'

/**
 * Users as encoded lines, straight out of COPY. On PostgreSQL every range is read in one exported snapshot,
 * by several connections. The embedded engine has one session for everybody, so there each range is a short
 * transaction of its own, and requests are served in between.
 */
export function pgRowSource(database: Database, options: RowSourceOptions): RowSource {
  return {
    open: (plan) =>
      database.oneSession ? openInTurns(database, plan, options) : openShared(database, plan, options),
  }
}

async function openShared(
  database: Database,
  plan: ExportPlan,
  options: RowSourceOptions,
): Promise<Snapshot> {
  const holder = await database.connect()
  try {
    await holder.query(`${BEGIN}; ${NO_TIME_LIMITS}`)
    const [snapshot] = await holder.query<{ id: string }>('select pg_export_snapshot() as id')
    const survey = await surveyOf(holder, plan)
    const begin = `${BEGIN}; set transaction snapshot ${literal(snapshot?.id ?? '')}; ${NO_TIME_LIMITS}`
    const shelf = new SessionShelf(database, options.parallel, begin)
    const copyFrom = copying(plan)
    let rows = 0
    return {
      ranges: cutRanges(survey, options.usersPerRange),
      parallel: options.parallel,
      read: (range) =>
        shelf.lend((session) =>
          copyFrom(session, range, (count) => {
            rows += count
          }),
        ),
      counts: () => ({ rows, counted: survey.users }),
      close: async () => {
        await shelf.close()
        await endRead(holder)
      },
    }
  } catch (error) {
    holder.release(true)
    throw error
  }
}

async function openInTurns(
  database: Database,
  plan: ExportPlan,
  options: RowSourceOptions,
): Promise<Snapshot> {
  const survey = await surveyOf(database, plan)
  const copyFrom = copying(plan)
  let rows = 0
  let counted = 0
  async function* read(range: Range): AsyncGenerator<Uint8Array> {
    const session = await database.connect()
    let isDone = false
    try {
      await session.query(BEGIN)
      counted += await countRange(session, plan, range)
      yield* copyFrom(session, range, (count) => {
        rows += count
      })
      await session.query('commit')
      isDone = true
    } finally {
      session.release(!isDone)
    }
  }
  return {
    ranges: cutRanges(survey, options.usersPerRange),
    parallel: 1,
    read,
    counts: () => ({ rows, counted }),
    close: async () => undefined,
  }
}

// Walks the primary key, or the index (connection_id, email); a limit ends at the key of its last user.
async function surveyOf(session: Session, plan: ExportPlan): Promise<Survey> {
  const of = plan.connectionId === undefined ? '' : 'where connection_id = $1'
  const values = plan.connectionId === undefined ? [] : [plan.connectionId]
  const source =
    plan.limit === undefined
      ? `muster.users ${of}`
      : `(select key from muster.users ${of} order by key limit ${Math.min(plan.limit, Number.MAX_SAFE_INTEGER)}) as users`
  const [row] = await session.query<{ first: bigint | null; last: bigint | null; users: bigint }>(
    `select min(key) as first, max(key) as last, count(*) as users from ${source}`,
    values,
  )
  return { first: row?.first ?? 0n, last: row?.last ?? 0n, users: Number(row?.users ?? 0n) }
}

// A range of the primary key.
function within(plan: ExportPlan, range: Range): string {
  const connection =
    plan.connectionId === undefined ? '' : ` and connection_id = ${literal(plan.connectionId)}`
  return `key > ${range.after} and key <= ${range.upTo}${connection}`
}

async function countRange(session: OwnedSession, plan: ExportPlan, range: Range): Promise<number> {
  const [row] = await session.query<{ users: bigint }>(
    `select count(*) as users from muster.users where ${within(plan, range)}`,
  )
  return Number(row?.users ?? 0n)
}

type CopyFrom = (
  session: OwnedSession,
  range: Range,
  onRows: (rows: number) => void,
) => AsyncGenerator<Uint8Array>

// The columns become SQL once; a range adds its keys.
function copying(plan: ExportPlan): CopyFrom {
  const shape = plan.format === 'csv' ? csvShape(plan.columns) : ndjsonShape(plan.columns)
  return async function* copyFrom(session, range, onRows) {
    const copy = session.copyOut(
      `copy (select ${shape.select} from muster.users where ${within(plan, range)} order by key) to stdout (${shape.options})`,
    )
    yield* shape.isMarked ? bareCells(copy.chunks) : copy.chunks
    onRows(copy.rows())
  }
}
