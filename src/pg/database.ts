import { Socket } from 'node:net'
import pg from 'pg'
import { Failure } from '../domain/failure.ts'
import { copyInto } from './copy-in.ts'
import { CopyOutQuery } from './copy-out.ts'
import { failureOf, translated } from './failure-of.ts'
import { newLendingSocket } from './lending-socket.ts'
import { cut, isCut, Silence, type TimeLimits } from './silence.ts'
import { types } from './types.ts'
import { untilAborted } from './until-aborted.ts'

/** What runs SQL: the pool as a whole, or one transaction of it. */
export interface Session {
  /** Runs one statement and returns its rows. Fails with `database_unavailable` when the server cannot be reached. */
  query<Row = unknown>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/** One connection, held for a transaction or by its owner. */
export interface HeldSession extends Session {
  /** Runs a `COPY … FROM STDIN` on these bytes. Absent where the engine takes none. */
  readonly copyIn?: (text: string, chunks: Iterable<Uint8Array>) => Promise<void>
}

/** A session whose temporary tables stay until its owner releases it. `broken` drops its connection. */
export interface KeptSession extends Session {
  release(broken?: boolean): void
}

/** One connection held by its owner, who releases it: `broken` drops it instead of giving it back to the pool. */
export interface OwnedSession extends HeldSession, KeptSession {
  /**
   * Runs a query of two columns, a text and a bigint below 2^32, by COPY: gives the texts out one behind the other,
   * and adds the numbers up. Leaving the loop early closes the connection, which stops the server.
   */
  copyOut(query: string): CopyOut
}

export interface CopyOut {
  /** Lent: a chunk is valid until the reader asks for the next one. A reader that keeps it must copy it. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** The sum of the numbers; valid once `chunks` has ended. */
  readonly total: () => number
}

export interface Database extends Session {
  connect(): Promise<OwnedSession>
  /** A session for work of minutes, which on no engine holds up the others. */
  keep(): Promise<KeptSession>
  /** As `query`, and where the engine can be interrupted the server ends the statement after `seconds`. */
  queryWithin<Row>(seconds: number, text: string, values: readonly unknown[]): Promise<Row[]>
  /** Commits when `work` resolves, rolls back when it rejects. One that `isLong` has no limits of time but for locks. */
  transaction<T>(work: (session: HeldSession) => Promise<T>, options?: { isLong: boolean }): Promise<T>
  /**
   * The same pool for one piece of work. When the signal aborts, whatever the work waits for fails with the signal's
   * reason at once, and the statement that runs is cancelled.
   */
  until(signal: AbortSignal): Database
  /** Ends all connections; those that do not end by themselves are cut. */
  stop(): Promise<void>
}

/** Has a server end the statement that runs. `statement` settles when it has ended. */
export type Cancel = (statement: Promise<unknown>) => void

export interface DatabaseOptions {
  /** A `postgres://` URL, or the folder of a Unix socket. */
  readonly url?: string
  readonly socketFolder?: string
  readonly connectionsMax: number
  /** Absent means that an answer is waited for as long as it takes. */
  readonly limits?: TimeLimits
  /** Absent means that the statement's connection is cut. */
  readonly cancel?: Cancel
}

const CONNECT_SECONDS = 30
// A host without power answers nothing. After this time without bytes the operating system probes it, about ten times.
const KEEP_ALIVE_SECONDS = 15
// For connections to end in order.
const STOP_SECONDS = 1

/** Opens a pool; nothing is connected before the first query. The caller stops it. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...(options.url === undefined ? {} : { connectionString: options.url }),
    ...(options.socketFolder === undefined
      ? {}
      : { host: options.socketFolder, user: 'postgres', database: 'postgres', ssl: false }),
    max: options.connectionsMax,
    application_name: 'muster',
    connectionTimeoutMillis: (options.limits?.connectSeconds ?? CONNECT_SECONDS) * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_SECONDS * 1000,
    types,
    // Over TLS bytes come out of another socket, which has its own buffers.
    stream: (({ ssl }: { readonly ssl: unknown }) =>
      ssl ? new Socket() : newLendingSocket()) as () => Socket,
  })
  // An idle connection that breaks is replaced at the next query, which reports what is still wrong.
  pool.on('error', () => undefined)
  const { limits, cancel } = options
  return databaseOn({
    pool,
    silence: new Silence(pool),
    bounded: new WeakSet(),
    ...(limits === undefined ? {} : { limits }),
    ...(cancel === undefined ? {} : { cancel }),
  })
}

function databaseOn(held: Pool): Database {
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
    stop: () => stop(held),
  }
}

interface Pool {
  readonly pool: pg.Pool
  readonly silence: Silence
  readonly limits?: TimeLimits
  /** Connections whose server knows its limits. */
  readonly bounded: WeakSet<pg.PoolClient>
  readonly cancel?: Cancel
  /** Ends what is done here. */
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
    // Not in the startup message, where poolers refuse them.
    await session.query(
      `set statement_timeout = ${server.statementSeconds * 1000}; set lock_timeout = ${server.lockSeconds * 1000}`,
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

// An answer may take an hour, so a connection that went silent in the pool would cost an hour. One quick word finds out.
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
    // The first failure is the one reported; a connection that cannot even roll back is dropped.
    const rolledBack = session.rollback().then(
      () => session.release(),
      () => session.release(true),
    )
    // Behind an aborted statement the rollback waits until the server has cancelled it.
    if (held.signal?.aborted !== true) await rolledBack
    throw error
  }
}

interface PooledSession extends OwnedSession {
  forget(): void
  /** Goes on after an abort, unlike the other statements. */
  rollback(): Promise<unknown>
}

function owned({ silence, limits, signal, cancel }: Pool, client: pg.PoolClient): PooledSession {
  // If a connection breaks, the statement that waits for an answer fails. `pg` also emits an event, and without a
  // listener that would end the process.
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
      const copy = client.query(new CopyOutQuery(query))
      return { chunks: translated(silence.chunks(client, copy, limits)), total: () => copy.total }
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

/** The five-letter SQLSTATE of a server's error, undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}
