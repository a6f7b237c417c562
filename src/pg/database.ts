import { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { readJson } from '../domain/read-json.ts'
import { CopyOutQuery } from './copy-out.ts'
import { failureOf } from './failure-of.ts'
import { newLendingSocket } from './lending-socket.ts'

/** What runs SQL: the pool as a whole, or one transaction of it. */
export interface Session {
  /** Runs one statement and returns its rows. Fails with `database_unavailable` when the server cannot be reached. */
  query<Row = unknown>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/** One connection, held for a transaction or by its owner. */
export interface HeldSession extends Session {
  /** Runs a `COPY … FROM STDIN` on these bytes. The embedded engine cannot: its socket server loses count. */
  copyIn(text: string, chunks: Iterable<Uint8Array>): Promise<void>
}

/** One connection held by its owner, who releases it. */
export interface OwnedSession extends HeldSession {
  /**
   * Runs a query of two columns, a text and a bigint below 2^32, by COPY: gives the texts out one behind the other,
   * and adds the numbers up. Leaving the loop early closes the connection, which stops the server.
   */
  copyOut(query: string): CopyOut
  /** `broken` drops the connection instead of giving it back to the pool. */
  release(broken?: boolean): void
}

export interface CopyOut {
  /** Each is lent: it is the reader's until the next is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** The sum of the numbers; valid once `chunks` has ended. */
  readonly total: () => number
}

export interface Database extends Session {
  /** One session behind all connections (the embedded engine): no snapshots shared, no long transactions. */
  readonly oneSession: boolean
  connect(): Promise<OwnedSession>
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<T>(work: (session: HeldSession) => Promise<T>): Promise<T>
  stop(): Promise<void>
}

export interface DatabaseOptions {
  /** A `postgres://` URL, or the folder of a Unix socket. */
  readonly url?: string
  readonly socketFolder?: string
  readonly connectionsMax: number
  readonly oneSession: boolean
}

const { builtins } = pg.types

// 64-bit integers as bigint: keys of users pass 2^53 never, but a silent rounding would lose some.
const PARSERS = new Map<number, (text: string) => unknown>([
  [builtins.INT8, BigInt],
  [builtins.JSON, readJson],
  [builtins.JSONB, readJson],
])

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    PARSERS.get(oid) ?? pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
}

/** Opens a pool; nothing is connected before the first query. The caller stops it. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...(options.url === undefined ? {} : { connectionString: options.url }),
    ...(options.socketFolder === undefined
      ? {}
      : { host: options.socketFolder, user: 'postgres', database: 'postgres', ssl: false }),
    max: options.connectionsMax,
    application_name: 'muster',
    connectionTimeoutMillis: 30_000,
    types,
    // Over TLS bytes come out of another socket, which has its own buffers.
    stream: (({ ssl }: { readonly ssl: unknown }) =>
      ssl ? new Socket() : newLendingSocket()) as () => Socket,
  })
  // An idle connection that breaks is replaced at the next query, which reports what is still wrong.
  pool.on('error', () => undefined)
  return {
    oneSession: options.oneSession,
    query: (text, values) => run(pool, text, values),
    connect: async () => owned(await attempt(() => pool.connect())),
    transaction: (work) => inTransaction(pool, work),
    stop: () => pool.end(),
  }
}

async function inTransaction<T>(pool: pg.Pool, work: (session: HeldSession) => Promise<T>): Promise<T> {
  const session = owned(await attempt(() => pool.connect()))
  try {
    await session.query('begin')
    const result = await work(session)
    await session.query('commit')
    session.release()
    return result
  } catch (error) {
    // The first failure is the one reported; a connection that cannot even roll back is dropped.
    const rolledBack = await session.query('rollback').then(
      () => true,
      () => false,
    )
    session.release(!rolledBack)
    throw error
  }
}

function owned(client: pg.PoolClient): OwnedSession {
  // A connection that breaks tells whoever waits for an answer, and says it once more as an event; an event
  // that nobody hears would end the process.
  const hear = (): void => undefined
  client.on('error', hear)
  return {
    query: (text, values) => run(client, text, values),
    copyOut: (query) => {
      const copy = client.query(new CopyOutQuery(query))
      return { chunks: translated(copy), total: () => copy.total }
    },
    copyIn: (text, chunks) => copyInto(client, text, chunks),
    release: (broken = false) => {
      client.off('error', hear)
      client.release(broken)
    },
  }
}

async function* translated(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source
  } catch (error) {
    throw failureOf(error)
  }
}

// An error of whoever makes the bytes is that one's own, and no sign of a database that cannot be reached.
async function copyInto(client: pg.PoolClient, text: string, chunks: Iterable<Uint8Array>): Promise<void> {
  let own: { readonly error: unknown } | undefined
  function* watched(): Generator<Uint8Array> {
    try {
      yield* chunks
    } catch (error) {
      own = { error }
      throw error
    }
  }
  try {
    // pipeline ends the stream when the server refuses a row; left alone, it would go on writing to nobody.
    await pipeline(watched(), client.query(copyFrom(text)))
  } catch (error) {
    throw own === undefined ? failureOf(error) : own.error
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
