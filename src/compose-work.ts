import assert from 'node:assert'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { type Clock, systemStopwatch } from './domain/clock.ts'
import { Failure } from './domain/failure.ts'
import { GZIP_LEVEL_MAX } from './domain/gzip-level.ts'
import { type JobType, objectPrefix } from './domain/job.ts'
import type { Compressor } from './encode/compressor.ts'
import { igzipCompressor } from './encode/igzip-compressor.ts'
import { zlibCompressor } from './encode/zlib-compressor.ts'
import { expireJobs } from './flow/expire-jobs.ts'
import { forgetChanges } from './flow/forget-changes.ts'
import { type OrphansSeen, removeOrphans } from './flow/remove-orphans.ts'
import { type RunJobDeps, runJob } from './flow/run-job.ts'
import type { JobStore } from './jobs/job-store.ts'
import { pgJobStore } from './jobs/pg-job-store.ts'
import type { Mailer } from './mail/mailer.ts'
import { diskObjectStore } from './objects/disk-object-store.ts'
import type { ObjectStore } from './objects/object-store.ts'
import type { Log } from './observe/log.ts'
import { type Database, openDatabase } from './pg/database.ts'
import { startDatabaseClock } from './pg/database-clock.ts'
import type { Place } from './place.ts'
import { pgChangeLog } from './rows/pg-change-log.ts'
import { pgRowSource } from './rows/pg-row-source.ts'
import { pgConnectionStore } from './users/pg-connection-store.ts'
import { pgUserStore } from './users/pg-user-store.ts'
import { newClockJumps } from './work/clock-jumps.ts'
import { startSweeper } from './work/sweeper.ts'
import type { Work } from './work/thread.ts'
import { startWorker, type Worker } from './work/worker.ts'

/** What the work is done for: plain data, which may be handed from thread to thread. */
export interface WorkOrder {
  readonly config: Config
  readonly place: Place
  readonly verificationSecret: Uint8Array
}

export interface WorkDeps {
  readonly clock: Clock
  readonly log: Log
}

// Between a job's end and the next look at the queue, and between two sweeps.
const POLL_SECONDS = 1
const SWEEP_SECONDS = 60
// A worker renews every second. Fifteen missed renewals before it counts as dead: a stall of the event loop
// must not cost a running export, and a killed worker's job must be running again within 30 s (promise 5).
const LEASE_SECONDS = 15
const RENEW_SECONDS = 1
// SIGTERM promises 10 s in all.
const GRACE_SECONDS = 5
const END_SECONDS = 2
/** Between two times that the database is asked for its time. */
export const CLOCK_SECONDS = 10
// Moments of exports, mails, the sweeper.
const CONNECTIONS_BESIDE_JOBS = 2
// Claims, leases, ends of jobs: a few rows each. A silent connection must be noticed before a lease runs out.
const LEDGER_CONNECTIONS = 3
const LEDGER_SECONDS = 5
const CONNECT_SECONDS = 30
// Memory of an export is counted in these, on its way to compression.
const BLOCK_BYTES = 1024 * 1024

interface WorkDatabases {
  readonly database: Database
  /** For the rows of jobs; absent means the same. */
  readonly ledger?: Database
}

/** As `composeWork`, with connections of its own to the PostgreSQL of the settings. */
export async function composeWorkWithOwnPool(order: WorkOrder, deps: WorkDeps): Promise<Work> {
  const { databaseUrl: url, concurrency, exportConnections, limits } = order.config
  assert(url !== undefined, 'the embedded engine has one session, which must be handed over')
  // An import holds one; mails ask for a moment.
  const connectionsMax =
    concurrency * (exportConnections + 1) + limits.importConcurrency + CONNECTIONS_BESIDE_JOBS
  // Jobs count and sort, and wait for locks. What keeps their rows must not wait behind them, nor as long.
  const database = openDatabase({
    url,
    connectionsMax,
    oneSession: false,
    limits: {
      connectSeconds: CONNECT_SECONDS,
      quickSeconds: LEDGER_SECONDS,
      answerSeconds: limits.openingSeconds,
      silenceSeconds: limits.silenceSeconds,
    },
  })
  const ledger = openDatabase({
    url,
    connectionsMax: LEDGER_CONNECTIONS,
    oneSession: false,
    limits: {
      connectSeconds: LEDGER_SECONDS,
      answerSeconds: LEDGER_SECONDS,
      silenceSeconds: LEDGER_SECONDS,
      server: { statementSeconds: LEDGER_SECONDS, lockSeconds: LEDGER_SECONDS },
    },
  })
  const clock = await startDatabaseClock(ledger, {
    stopwatch: systemStopwatch,
    everySeconds: CLOCK_SECONDS,
    onError: (error) => deps.log.warn({ err: error }, 'the database could not be asked for the time'),
  })
  const closeAll = async (): Promise<void> => {
    clock.stop()
    await Promise.all([database.stop(), ledger.stop()])
  }
  const work = await composeWork(order, { database, ledger }, { ...deps, clock })
  const stop = async (): Promise<void> => {
    try {
      await work.stop()
    } finally {
      await closeAll()
    }
  }
  return { wake: work.wake, stop }
}

/**
 * Builds what runs jobs out of its parts and starts it: a worker and a sweeper. The disk's folder has been opened, and
 * the database brought up to date. Fails with `config_invalid` where the compressor that is asked for does not work.
 */
export async function composeWork(
  order: WorkOrder,
  { database, ledger = database }: WorkDatabases,
  deps: WorkDeps,
): Promise<Work> {
  const { config } = order
  const { clock, log } = deps
  const jobs = pgJobStore(ledger)
  const objects = diskObjectStore(join(config.dataDir, 'objects'))
  const onError = (error: unknown, jobId?: string): void => log.error({ err: error, jobId }, 'work failed')
  const lanes = startLanes(config, {
    jobs,
    objects,
    clock,
    running: await jobRunners(order, { database, jobs, objects }, deps),
    onError,
  })
  const changes = pgChangeLog(database)
  const reported = new Set<string>()
  // Each failure once, not with every sweep.
  const onFailure = (error: unknown, jobId: string): void => {
    if (!reported.has(jobId)) onError(error, jobId)
    reported.add(jobId)
  }
  const jumps = newClockJumps({
    clock,
    stopwatch: systemStopwatch,
    onJump: (seconds) =>
      log.error({ seconds }, 'the clock has jumped: nothing is removed by age for an hour'),
  })
  let orphans: OrphansSeen = new Map()
  const sweeper = startSweeper(
    [
      async (signal) => {
        if (!jumps.isSteady()) return
        await expireJobs({ jobs, objects, clock, onFailure }, signal)
        await forgetChanges({ changes, clock, keptDays: config.changesKeptDays })
      },
      async () => {
        const seconds = SWEEP_SECONDS + 2 * config.limits.statementSeconds
        orphans = await removeOrphans({ jobs, objects, stopwatch: systemStopwatch }, seconds, orphans)
      },
    ],
    SWEEP_SECONDS,
    onError,
  )
  const stop = async (): Promise<void> => {
    await Promise.all([...lanes.map((lane) => lane.stop()), sweeper.stop()])
  }
  const wake = (): void => {
    for (const lane of lanes) lane.wake()
  }
  return { wake, stop }
}

interface LaneDeps {
  readonly jobs: JobStore
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly running: RunJobDeps
  readonly onError: (error: unknown, jobId?: string) => void
}

// Each kind of job has places of its own: a quick export waits neither for long imports nor for a silent mail server.
function startLanes({ concurrency, limits }: Config, deps: LaneDeps): readonly Worker[] {
  const { jobs, objects, clock, running, onError } = deps
  const places: Record<JobType, number> = {
    users_export: concurrency,
    users_import: limits.importConcurrency,
    verification_email: limits.mailConcurrency,
  }
  const lane = (type: JobType): Worker =>
    startWorker(
      {
        jobs,
        clock,
        stopwatch: systemStopwatch,
        run: (job, run) => runJob(job, running, run),
        discard: async (outcome) => {
          if (outcome.kind === 'exported')
            await objects.removeAll(`${outcome.objectKey.split('/').slice(0, -1).join('/')}/`)
        },
        // The users file holds password hashes: it goes as soon as it has been read, not after a day.
        settled: async (job, outcome) => {
          const isKept = outcome.kind === 'failed' && outcome.keepsFiles === true
          if (job.type === 'users_import' && !isKept) await objects.removeAll(objectPrefix(job.id))
        },
        doneSoFar: async (job) =>
          job.type === 'users_import' && !job.request.dryRun ? jobs.importedSoFar(job.id) : undefined,
        onError,
      },
      {
        type,
        concurrency: places[type],
        leaseSeconds: LEASE_SECONDS,
        renewSeconds: RENEW_SECONDS,
        pollSeconds: POLL_SECONDS,
        graceSeconds: GRACE_SECONDS,
        endSeconds: END_SECONDS,
        openingSeconds: limits.openingSeconds,
        stallSeconds: limits.stallSeconds,
        retryPauses: limits.retryPauses,
      },
    )
  return (Object.keys(places) as JobType[]).map(lane)
}

interface Stores {
  readonly database: Database
  readonly jobs: JobStore
  readonly objects: ObjectStore
}

async function jobRunners(
  { config, place, verificationSecret }: WorkOrder,
  { database, jobs, objects }: Stores,
  { clock, log }: WorkDeps,
): Promise<RunJobDeps> {
  const users = pgUserStore(database)
  return {
    exporting: {
      objects,
      // On the embedded engine a range holds up everybody else: about 20 ms for 4,000 users.
      rows: pgRowSource(database, clock, {
        parallel: config.exportConnections,
        usersPerRange: database.oneSession ? 4_000 : 20_000,
      }),
      compress: await compressorOf(config, log),
      defaultFields: config.defaultFields,
      fileName: (format) => `${place.tenant}.${format}.gz`,
    },
    importing: {
      jobs,
      objects,
      users,
      connections: pgConnectionStore(database),
      clock,
      bounds: config.limits,
    },
    verifying: {
      users,
      clock,
      mailer: await mailerOf(config, clock),
      verificationSecret,
      publicUrl: place.publicUrl,
      tenant: place.tenant,
    },
  }
}

// Loaded by those alone who send mails: it takes 0.05 s.
async function mailerOf({ mail }: Config, clock: Clock): Promise<Mailer | undefined> {
  if (mail === undefined) return undefined
  const { smtpMailer } = await import('./mail/smtp-mailer.ts')
  return smtpMailer({ ...mail, clock })
}

async function compressorOf({ compressor, gzipLevel: level }: Config, log: Log): Promise<Compressor> {
  const isForIgzip = compressor !== 'zlib' && level <= GZIP_LEVEL_MAX.igzip
  const igzip = isForIgzip
    ? await igzipCompressor({ level, blockBytes: BLOCK_BYTES }).catch((error: Failure) => error)
    : undefined
  if (igzip instanceof Failure && compressor === 'igzip')
    throw new Failure('config_invalid', `MUSTER_COMPRESSOR is igzip (Debian: isal), but ${igzip.message}`)
  const why = igzip instanceof Failure ? { igzip: igzip.message } : {}
  const isIgzip = typeof igzip === 'function'
  log.info({ compressor: isIgzip ? 'igzip' : 'zlib', level, ...why }, 'what compresses export files')
  return isIgzip ? igzip : zlibCompressor({ level, blockBytes: BLOCK_BYTES })
}
