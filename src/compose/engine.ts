import type { Config } from '../config.ts'
import type { Clock } from '../domain/clock.ts'
import type { Log } from '../observe/log.ts'
import type { Database } from '../pg/database.ts'
import type { RowSource } from '../rows/row-source.ts'

/** What jobs need of PostgreSQL. What differs from engine to engine is in here: nothing else asks which one it is. */
export interface JobEngine {
  readonly database: Database
  /** For the rows of jobs, which must not wait behind what jobs do. */
  readonly ledger: Database
  /** The time that all processes on this engine share. */
  readonly clock: Clock
  /** Gives the users of exports; each export is read by at most so many connections. */
  readonly rows: (connectionsMax: number) => RowSource
}

/** What a server needs of PostgreSQL. */
export interface Engine extends JobEngine {
  /** For the health check: those of requests may all be waiting for a lock. */
  readonly health: Database
  readonly jobs:
    | { readonly runIn: 'this thread' }
    | { readonly runIn: 'a thread'; readonly databaseUrl: string }
}

/** What a thread does without which a server is of no use. */
export type ThreadName = 'jobs' | 'the embedded database'

export interface EngineDeps {
  /** The machine's. */
  readonly clock: Clock
  readonly log: Log
  /** Called when a thread has ended by itself. */
  readonly onDeath: (thread: ThreadName, reason: unknown) => void
}

/** The settings of an engine. */
export type EngineConfig = Pick<Config, 'databaseUrl' | 'dataDir' | 'limits'>
