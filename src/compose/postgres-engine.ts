import type { Config } from '../config.ts'
import { type Clock, systemStopwatch } from '../domain/clock.ts'
import { newTurns } from '../domain/turns.ts'
import { claimFor, type Files } from '../objects/pg-files-claim.ts'
import { isDefaultFolder } from '../objects-settings.ts'
import type { Log } from '../observe/log.ts'
import { brieflyInSnapshot } from '../pg/briefly.ts'
import { checkPooler } from '../pg/check-pooler.ts'
import { type CopyWay, plainWay } from '../pg/copy-way.ts'
import { type Database, openDatabase } from '../pg/database.ts'
import { type DatabaseClock, startDatabaseClock } from '../pg/database-clock.ts'
import { openTried } from '../pg/try-copy.ts'
import { musterUsers } from '../relations/muster-users.ts'
import { pgReplicas, type Replicas } from '../rows/pg/replicas.ts'
import { openShared } from '../rows/pg/shared-snapshot.ts'
import { pgRowSource } from '../rows/pg-row-source.ts'
import type { Closers } from './closers.ts'
import {
  BRIEF_READS,
  COPIED_PLAINLY,
  type Engine,
  type EngineConfig,
  type EngineDeps,
  type JobEngine,
  SMALL_EXPORTS,
  USERS_PER_RANGE,
} from './engine.ts'
import { bringUpToDate } from './up-to-date.ts'

// The server ends a slow statement before Muster would close the connection, so the connection can be used again.
const ANSWER_SECONDS_MORE = 3
// Three renewals may fail before a process with other files can claim the database: one slow answer is not enough.
const FILES_CLAIM = { everySeconds: 20, staleSeconds: 60 }
// A clock that drifts from the database's would end leases too early or too late.
const CLOCK_SECONDS = 10
// Mails, the sweeper and the timestamps of exports must not wait until an export frees its connections.
const CONNECTIONS_BESIDE_JOBS = 2
// A connection that does not answer must be noticed before a lease expires, so the limits are short. Each query of the
// ledger touches a few rows.
const LEDGER_CONNECTIONS = 3
const LEDGER_SECONDS = 5
const CONNECT_SECONDS = 30
// No transaction but that of an export waits for anything outside of the database.
const IDLE_SECONDS = 60

export async function openPostgresEngine(
  config: EngineConfig & { readonly url: string },
  deps: EngineDeps,
  closers: Closers,
): Promise<Engine> {
  const { url, limits } = config
  const database = closers.opened(openForRequests(url, limits))
  await upgrade(url, deps)
  const onError = (error: unknown): void =>
    deps.log.error({ err: error }, 'the place of files is not claimed')
  const claim = await claimFor(database, filesOf(config), { ...FILES_CLAIM, onError })
  closers.add(() => claim.release().catch(onError))
  const clock = closers.opened(await startClock(database, deps.log))
  const health = closers.opened(
    openForQuickStatements(url, { connectionsMax: 1, seconds: limits.healthSeconds }),
  )
  const rows = rowsOn(database, clock)
  const briefly = brieflyInSnapshot(database, { stopwatch: systemStopwatch, turns: newTurns(BRIEF_READS) })
  const jobs = { runIn: 'a thread', databaseUrl: url } as const
  return { database, ledger: database, health, briefly, clock, copyWay: plainWay, rows, jobs }
}

export type JobEngineConfig = Pick<
  Config,
  'concurrency' | 'exportConnections' | 'limits' | 'databaseReadUrls'
>

/** Jobs have their own connections, because their statements take longer than a request may wait. */
export async function openJobEngine(
  url: string,
  { config, log }: { readonly config: JobEngineConfig; readonly log: Log },
  closers: Closers,
): Promise<JobEngine> {
  const pools = closers.together()
  const { database, copyWay } = await openTried(
    (way) => openForJobs(url, config, way),
    (err) => log.warn({ err }, COPIED_PLAINLY),
  )
  pools.opened(database)
  const replicas = (config.databaseReadUrls ?? []).map((replica) =>
    pools.opened(openForJobs(replica, config, copyWay)),
  )
  const ledger = pools.opened(
    openForQuickStatements(url, { connectionsMax: LEDGER_CONNECTIONS, seconds: LEDGER_SECONDS }),
  )
  const clock = closers.opened(await startClock(ledger, log))
  const reading = pgReplicas({
    primary: database,
    databases: replicas,
    waitSeconds: config.limits.replicaSeconds,
    stopwatch: systemStopwatch,
    onPrimary: (err) => log.warn({ err }, 'an export reads from DATABASE_URL instead of a replica'),
  })
  return { database, ledger, clock, copyWay, rows: rowsOn(database, clock, reading) }
}

// The default folder moves with the data folder, so the data folder identifies it.
function filesOf({ dataDir, objects }: EngineConfig): Files {
  if (objects.kind === 's3') return { kind: 'bucket', url: `s3://${objects.bucket}/${objects.prefix}` }
  return { kind: 'folder', folder: isDefaultFolder(objects, dataDir) ? dataDir : objects.folder }
}

function rowsOn(database: Database, clock: Clock, replicas?: Replicas): JobEngine['rows'] {
  const bounds = { relation: musterUsers, usersPerRange: USERS_PER_RANGE, openSnapshot: openShared, replicas }
  return (parallel) => pgRowSource(database, clock, { parallel, ...bounds })
}

function openForRequests(url: string, limits: Config['limits']): Database {
  const { requestConnections, statementSeconds, lockSeconds } = limits
  const answerSeconds = statementSeconds + ANSWER_SECONDS_MORE
  return openDatabase({
    url,
    connectionsMax: requestConnections,
    limits: {
      connectSeconds: statementSeconds,
      answerSeconds,
      silenceSeconds: answerSeconds,
      server: { statementSeconds, lockSeconds, idleSeconds: IDLE_SECONDS },
    },
  })
}

// For statements that touch a few rows: connecting, locks and answers need only one short limit.
function openForQuickStatements(
  url: string,
  { connectionsMax, seconds }: { readonly connectionsMax: number; readonly seconds: number },
): Database {
  const server = { statementSeconds: seconds, lockSeconds: seconds, idleSeconds: IDLE_SECONDS }
  const limits = { connectSeconds: seconds, answerSeconds: seconds, silenceSeconds: seconds, server }
  return openDatabase({ url, connectionsMax, limits })
}

// An answer to counting, sorting or a lock may take minutes, so the limits are long.
function openForJobs(
  url: string,
  { concurrency, exportConnections, limits }: JobEngineConfig,
  copyWay: CopyWay,
): Database {
  // An export holds its connections and one for its snapshot, an import one. With fewer, jobs would wait for each
  // other.
  const connectionsMax =
    (concurrency + SMALL_EXPORTS) * (exportConnections + 1) +
    limits.importConcurrency +
    CONNECTIONS_BESIDE_JOBS
  return openDatabase({
    url,
    connectionsMax,
    copyWay,
    limits: {
      connectSeconds: CONNECT_SECONDS,
      quickSeconds: LEDGER_SECONDS,
      answerSeconds: limits.openingSeconds,
      silenceSeconds: limits.silenceSeconds,
      // For imports, mails and the sweeper: an export lifts these limits in its transactions. A job whose statement
      // takes longer counts as stalled.
      server: {
        statementSeconds: limits.stallSeconds,
        lockSeconds: limits.stallSeconds,
        idleSeconds: IDLE_SECONDS,
      },
    },
  })
}

export async function upgrade(url: string, deps: EngineDeps): Promise<void> {
  const database = openDatabase({ url, connectionsMax: 2 })
  try {
    await checkPooler(database)
    await bringUpToDate(database, deps)
  } finally {
    await database.stop()
  }
}

export function startClock(database: Database, log: Log): Promise<DatabaseClock> {
  return startDatabaseClock(database, {
    stopwatch: systemStopwatch,
    everySeconds: CLOCK_SECONDS,
    onError: (error) => log.warn({ err: error }, 'the database did not give its time'),
  })
}
