import type { Config } from '../config.ts'
import type { Clock } from '../domain/clock.ts'
import type { Log } from '../observe/log.ts'
import type { Database } from '../pg/database.ts'
import type { RowSource } from '../rows/row-source.ts'

/** Logged if COPYs cannot be read into one buffer. */
export const COPIED_PLAINLY = 'COPY cannot be read into one buffer here: exports take more memory and time'

/** What jobs need of the engine. All differences between the engines are in these two interfaces. */
export interface JobEngine {
  readonly database: Database
  /** For the rows of jobs. They must not wait until a job frees a connection. */
  readonly ledger: Database
  /** The same clock for all processes on this database. */
  readonly clock: Clock
  /** At most `connectionsMax` connections read one export. */
  readonly rows: (connectionsMax: number) => RowSource
}

export interface Engine extends JobEngine {
  /** For the health check, because all connections of requests may be waiting for a lock. */
  readonly health: Database
  readonly jobs:
    | { readonly runIn: 'this thread' }
    | { readonly runIn: 'a thread'; readonly databaseUrl: string }
}

/** The threads without which the process cannot go on. */
export type ThreadName = 'jobs' | 'the embedded database'

export interface EngineDeps {
  /** The clock of the machine. */
  readonly clock: Clock
  readonly log: Log
  /** Called if a thread ends by itself. */
  readonly onDeath: (thread: ThreadName, reason: unknown) => void
}

export type EngineConfig = Pick<Config, 'databaseUrl' | 'dataDir' | 'objects' | 'limits'>
