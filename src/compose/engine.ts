import type { Config } from '../config.ts'
import type { Clock } from '../domain/clock.ts'
import type { Log } from '../observe/log.ts'
import type { Briefly } from '../pg/briefly.ts'
import type { CopyWay } from '../pg/copy-way.ts'
import type { Database } from '../pg/database.ts'
import type { RowSource } from '../rows/row-source.ts'

/**
 * Places of each worker for small exports alone, besides MUSTER_CONCURRENCY for all. With one, an export that was taken
 * for small by mistake would hold up those that are.
 */
export const SMALL_EXPORTS = 2

export const COPIED_PLAINLY = 'COPY cannot be read into one buffer here: exports take more memory and time'

/** On PostgreSQL. A range is buffered whole, so more users would take more memory. */
export const USERS_PER_RANGE = 20_000

/** Previews, counts and statistics that one process reads at once. More at a time would slow down all other requests. */
export const BRIEF_READS = 2

/** A warning, because the keys that were read before stay in use. */
export const KEYS_UNREAD = 'the signing keys could not be read again'

export interface JobEngine {
  readonly database: Database
  /** For leases. On PostgreSQL a worker keeps its own connections for them: a lease that waits for a job expires. */
  readonly ledger: Database
  /** Shared by all processes on this database: with a clock that is ahead, a process would end leases early. */
  readonly clock: Clock
  /** How COPY is read on this machine. */
  readonly copyWay: CopyWay
  /** Each connection is one that other jobs cannot use, so at most `connectionsMax` read one export. */
  readonly rows: (connectionsMax: number) => RowSource
}

export interface Engine extends JobEngine {
  /** With PostgreSQL a separate connection, because those of requests may all wait for a lock. PGlite has only one. */
  readonly health: Database
  readonly briefly: Briefly
  readonly jobs:
    | { readonly runIn: 'this thread' }
    | { readonly runIn: 'a thread'; readonly databaseUrl: string }
}

export type ThreadName = 'jobs' | 'the embedded database'

export interface EngineDeps {
  readonly clock: Clock
  readonly log: Log
  readonly onDeath: (thread: ThreadName, reason: unknown) => void
}

export type EngineConfig = Pick<Config, 'databaseUrl' | 'dataDir' | 'objects' | 'limits'>
