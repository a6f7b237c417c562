import { join } from 'node:path'
import type { Config } from './config.ts'
import { type Clock, systemStopwatch } from './domain/clock.ts'
import { removeOrphans } from './flow/remove-orphans.ts'
import { pgJobStore } from './jobs/pg-job-store.ts'
import { openDiskObjectStore } from './objects/disk-object-store.ts'
import { claimForFolder } from './objects/pg-folder-claim.ts'
import { checkServer } from './pg/check-server.ts'
import { type Database, openDatabase } from './pg/database.ts'
import { EMBEDDED_CONNECTIONS_MAX, startEmbedded } from './pg/embedded.ts'
import { lockFolder } from './pg/folder-lock.ts'
import { migrate } from './pg/migrate.ts'
import { pgChangeLog, startOverIfRestored } from './rows/pg-change-log.ts'
import { pgClientGrantStore } from './tokens/pg-client-grant-store.ts'
import { pgClientStore } from './tokens/pg-client-store.ts'
import { pgSecretStore } from './tokens/pg-secret-store.ts'
import { pgConnectionStore } from './users/pg-connection-store.ts'
import { pgUserFinder } from './users/pg-user-search.ts'
import { pgUserStore } from './users/pg-user-store.ts'

// The server ends a statement first; then nothing is wrong with its connection.
const ANSWER_SECONDS_MORE = 3

// Three renewals may fail before another folder can take its place.
const FOLDER_CLAIM = { everySeconds: 20, staleSeconds: 60 }

/** What is to be closed at the end, the last first. */
export type Closers = (() => Promise<unknown>)[]

export type Stores = Awaited<ReturnType<typeof openStores>>

interface OpenDeps {
  readonly clock: Clock
  /** Told of what goes wrong behind requests and jobs. */
  readonly onError: (error: unknown) => void
}

/** Opens what a start rests on: the folder, the database with its schema brought up to date, and the stores on them. */
export async function openStores(config: Config, { clock, onError }: OpenDeps, closers: Closers) {
  const lock = await lockFolder(config.dataDir)
  closers.push(() => lock.release())
  const database = await openEngine(config, closers)
  const isRestored = await upgraded(config, database, clock)
  if (!database.oneSession) {
    const claim = await claimForFolder(database, config.dataDir, { ...FOLDER_CLAIM, onError })
    closers.push(() => claim.release().catch(onError))
  }
  const jobs = pgJobStore(database)
  // The folder's lock proves that whoever held a lease on the embedded engine is gone.
  if (database.oneSession) await jobs.releaseAll()
  const objects = await openDiskObjectStore(join(config.dataDir, 'objects'))
  // No file is being received yet.
  await removeOrphans({ jobs, objects, stopwatch: systemStopwatch }, 0)
  return {
    database,
    isRestored,
    jobs,
    objects,
    changes: pgChangeLog(database),
    users: pgUserStore(database),
    finder: pgUserFinder(database),
    connections: pgConnectionStore(database),
    secrets: pgSecretStore(database),
    clients: pgClientStore(database),
    clientGrants: pgClientGrantStore(database),
  }
}

async function openEngine(config: Config, closers: Closers): Promise<Database> {
  if (config.databaseUrl !== undefined) {
    const { requestConnections, statementSeconds, lockSeconds } = config.limits
    const answerSeconds = statementSeconds + ANSWER_SECONDS_MORE
    const database = openDatabase({
      url: config.databaseUrl,
      connectionsMax: requestConnections,
      oneSession: false,
      limits: {
        connectSeconds: statementSeconds,
        answerSeconds,
        silenceSeconds: answerSeconds,
        server: { statementSeconds, lockSeconds },
      },
    })
    closers.push(() => database.stop())
    return database
  }
  const engine = await startEmbedded(config.dataDir)
  closers.push(() => engine.stop())
  const connectionsMax = EMBEDDED_CONNECTIONS_MAX
  const database = openDatabase({ socketFolder: engine.socketFolder, connectionsMax, oneSession: true })
  closers.push(() => database.stop())
  return database
}

/** Brings the schema up to date, which may take longer than a request may. True for a dump of another cluster. */
async function upgraded({ databaseUrl: url }: Config, shared: Database, clock: Clock): Promise<boolean> {
  const database = url === undefined ? shared : openDatabase({ url, connectionsMax: 1, oneSession: false })
  try {
    await checkServer(database)
    await migrate(database)
    return await startOverIfRestored(database, clock.now())
  } finally {
    if (database !== shared) await database.stop()
  }
}
