import { Socket } from 'node:net'
import pg from 'pg'
import { Failure } from '../domain/failure.ts'
import { given } from '../domain/given.ts'
import type { PoolUse } from '../domain/seen.ts'
import { untilAborted } from '../domain/until-aborted.ts'
import { columnsOf } from './columns-of.ts'
import { CONNECTION } from './connection.ts'
import { copyInto } from './copy-in.ts'
import { type CopyOut, type CopyWay, plainWay } from './copy-way.ts'
import { failureOf, translated } from './failure-of.ts'
import { cut, isCut, Silence, type TimeLimits } from './silence.ts'
import { types } from './types.ts'

export interface Session {
  /** Fails with `database_unavailable` if the server cannot be reached, or cannot answer now. */
  query<Row = unknown>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

export interface HeldSession extends Session {
  readonly copyIn?: (text: string, chunks: Iterable<Uint8Array>) => Promise<void>
}

/**
 * Temporary tables stay between its statements. The owner drops them before `release`, because the next caller may get
 * the same session. With `broken`, a pool closes the connection instead.
 */
export interface KeptSession extends Session {
  release(broken?: boolean): void
}

export interface OwnedSession extends HeldSession, KeptSession {
  /**
   * A query of two columns, a text and a bigint below 2^32, by COPY. It yields the texts one after another, and adds up
   * the numbers. A reader that leaves early closes the connection, so that the server stops.
   */
  copyOut(query: string): CopyOut
}

export interface Database extends Session {
  connect(): Promise<OwnedSession>
  /** For work that takes minutes. The embedded engine keeps its one connection free for other work meanwhile. */
  keep(): Promise<KeptSession>
  /**
   * The server ends the statement after `seconds`, so that it does not go on for a caller who has gone. The embedded
   * engine has no such limit.
   */
  queryWithin<Row>(seconds: number, text: string, values: readonly unknown[]): Promise<Row[]>
  /** Commits if `work` resolves, rolls back if it rejects. With `isLong`, statements may run for hours. */
  transaction<T>(work: (session: HeldSession) => Promise<T>, options?: { isLong: boolean }): Promise<T>
  /**
   * The same pool for one piece of work. If the signal aborts, queries fail at once with its reason, and the
   * engine cancels the running one if it can. A reader of `copyOut` must watch the signal itself.
   */
  until(signal: AbortSignal): Database
  /** The columns of a query, which is not run, with PostgreSQL's names of their types. */
  columns(query: string): Promise<{ readonly name: string; readonly type: string }[]>
  use(): PoolUse
  /** After STOP_SECONDS connections are closed by force, since a statement may run for an hour. */
  stop(): Promise<void>
}

export type Cancel = (statement: Promise<unknown>) => void

export interface DatabaseOptions {
  readonly url?: string
  readonly socketFolder?: string
  readonly connectionsMax: number
  readonly limits?: TimeLimits
  readonly cancel?: Cancel
  readonly copyWay?: CopyWay
}

const CONNECT_SECONDS = 30
const STOP_SECONDS = 1

export function openDatabase(options: DatabaseOptions): Database {
  const { limits, cancel, copyWay = plainWay } = options
  const pool = new pg.Pool({
    ...(options.url === undefined ? {} : { connectionString: options.url }),
    ...(options.socketFolder === undefined
      ? {}
      : { host: options.socketFolder, user: 'postgres', database: 'postgres', ssl: false }),
    max: options.connectionsMax,
    ...CONNECTION,
    connectionTimeoutMillis: (options.limits?.connectSeconds ?? CONNECT_SECONDS) * 1000,
    types,
    // With TLS, Node reads from another socket with buffers of its own, so a lending socket would gain nothing.
    stream: (({ ssl }: { readonly ssl: unknown }) =>
      ssl ? new Socket() : copyWay.newSocket()) as () => Socket,
  })
  // If an idle connection breaks, the next query makes a new one, or fails if the database is still away. Without a
  // listener, the event would end the process.
  pool.on('error', () => undefined)
  return databaseOn({
    pool,
    copyWay,
    silence: new Silence(pool),
    bounded: new WeakSet(),
    ...given({ limits, cancel }),
  })
}

function databaseOn(held: Pool): Database {
  const { pool } = held
  return {
    query: (text, values) => runOnce(held, text, values),
    connect: () => connect(held),
    keep: () => connect(held),
    queryWithin: (seconds, text, values) =>
      inTransaction(
        held,
        async (session) => {
          await session.query(`set local statement_timeout = ${seconds * 1000}`)
          return session.query(text, values)
        },
        false,
      ),
    transaction: (work, { isLong } = { isLong: false }) => inTransaction(held, work, isLong),
    until: (signal) => databaseOn({ ...held, signal }),
    columns: (query) => columnsOf(pool, query),
    use: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    stop: () => stop(held),
  }
}

interface Pool {
  readonly pool: pg.Pool
  readonly copyWay: CopyWay
  readonly silence: Silence
  readonly limits?: TimeLimits
  /** On these connections the server's time limits are set already. To set them for each query costs a round trip. */
  readonly bounded: WeakSet<pg.PoolClient>
  readonly cancel?: Cancel
  readonly signal?: AbortSignal
}

async function runOnce<Row>(held: Pool, text: string, values?: readonly unknown[]): Promise<Row[]> {
  if (held.limits === undefined && held.signal === undefined) return run<Row>(held.pool, text, values)
  const session = await connect(held)
  try {
    const rows = await session.query<Row>(text, values)
    session.release()
    return rows
  } catch (error) {
    session.release(error instanceof Failure || held.signal?.aborted)
    throw error
  }
}

async function connect(held: Pool): Promise<OwnedSession> {
  return owned(held, await take(held))
}

async function take(held: Pool): Promise<pg.PoolClient> {
  let client = await connected(held)
  while (isCut(client) || !(await isAlive(held, client))) {
    client.release(true)
    client = await connected(held)
  }
  const { server } = held.limits ?? {}
  if (server === undefined || held.bounded.has(client)) return client
  const session = owned(held, client)
  try {
    // Not in the startup message, since connection poolers refuse these settings there.
    await session.query(
      `set statement_timeout = ${server.statementSeconds * 1000}; set lock_timeout = ${server.lockSeconds * 1000};
       set idle_in_transaction_session_timeout = ${server.idleSeconds * 1000}`,
    )
  } catch (error) {
    session.release(true)
    throw error
  }
  session.forget()
  held.bounded.add(client)
  return client
}

function connected({ pool, signal }: Pool): Promise<pg.PoolClient> {
  const connecting = (): Promise<pg.PoolClient> => attempt(() => pool.connect())
  return untilAborted(connecting, signal, (late) => {
    late.then((client) => client.release()).catch(() => undefined)
  })
}

// Statements of jobs may take an hour. On a connection that died in the pool, a job would wait so long in vain. A quick
// statement shows at once whether the connection works.
async function isAlive(held: Pool, client: pg.PoolClient): Promise<boolean> {
  const seconds = held.limits?.quickSeconds
  if (seconds === undefined) return true
  const { query, forget } = owned(held, client)
  const isSound = await query('select 1').then(
    () => true,
    () => false,
  )
  forget()
  return isSound
}

const QUICK = /^(begin|rollback|select 1$)/

async function stop({ pool, silence }: Pool): Promise<void> {
  const ended = pool.end()
  let late: NodeJS.Timeout | undefined
  const given = new Promise<void>((resolve) => {
    late = setTimeout(() => {
      silence.cutAll()
      setImmediate(resolve)
    }, STOP_SECONDS * 1000)
  })
  await Promise.race([ended, given])
  clearTimeout(late)
}

async function inTransaction<T>(
  held: Pool,
  work: (session: HeldSession) => Promise<T>,
  isLong: boolean,
): Promise<T> {
  const { limits, ...unlimited } = held
  const session = owned(isLong ? unlimited : held, await take(held))
  try {
    await session.query(
      isLong && limits?.server !== undefined ? 'begin; set local statement_timeout = 0' : 'begin',
    )
    const result = await work(session)
    await session.query('commit')
    session.release()
    return result
  } catch (error) {
    // A failed rollback must not hide the first error. It shows that the connection is broken, so it is closed.
    const rolledBack = session.rollback().then(
      () => session.release(),
      () => session.release(true),
    )
    // After an abort, the rollback waits for the server to cancel the statement. The caller must not wait for that.
    if (held.signal?.aborted !== true) await rolledBack
    throw error
  }
}

interface PooledSession extends OwnedSession {
  forget(): void
  /** Also runs after an abort, when other statements are refused. */
  rollback(): Promise<unknown>
}

function owned({ copyWay, silence, limits, signal, cancel }: Pool, client: pg.PoolClient): PooledSession {
  // If a connection breaks, the waiting statement fails, which is enough. `pg` also emits an event, which would end the
  // process if nobody listened.
  const hear = (): void => undefined
  client.on('error', hear)
  const forget = (): void => void client.off('error', hear)
  const inTime = <T>(work: () => Promise<T>, text = ''): Promise<T> => {
    const quickly = QUICK.test(text) ? limits?.quickSeconds : undefined
    return silence.bounded(client, quickly ?? limits?.answerSeconds, work)
  }
  const stoppable = <T>(work: () => Promise<T>): Promise<T> =>
    untilAborted(work, signal, cancel ?? (() => cut(client)))
  return {
    query: (text, values) => stoppable(() => inTime(() => run(client, text, values), text)),
    copyOut: (query) => {
      const { chunks, total } = copyWay.copyOut(client, query)
      return { chunks: translated(silence.chunks(client, chunks, limits)), total }
    },
    copyIn: (text, chunks) => stoppable(() => inTime(() => copyInto(client, text, chunks))),
    rollback: () => inTime(() => run(client, 'rollback'), 'rollback'),
    forget,
    release: (broken = false) => {
      forget()
      client.release(broken)
    },
  }
}

async function run<Row>(
  on: pg.Pool | pg.PoolClient,
  text: string,
  values?: readonly unknown[],
): Promise<Row[]> {
  const result = await attempt(() => on.query(text, values === undefined ? undefined : [...values]))
  return result.rows as Row[]
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw failureOf(error)
  }
}
