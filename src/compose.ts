import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { ensureSelfSigned } from './certificates/local-authority.ts'
import type { Config } from './config.ts'
import type { Clock } from './domain/clock.ts'
import { DATABASE_STRATEGY, FIRST_CONNECTION_NAME } from './domain/connection.ts'
import { Failure } from './domain/failure.ts'
import { GZIP_LEVEL_MAX } from './domain/gzip-level.ts'
import { newConnectionId } from './domain/ids.ts'
import { objectPrefix } from './domain/job.ts'
import type { Compressor } from './encode/compressor.ts'
import { igzipCompressor } from './encode/igzip-compressor.ts'
import { zlibCompressor } from './encode/zlib-compressor.ts'
import { expireJobs } from './flow/expire-jobs.ts'
import { forgetChanges } from './flow/forget-changes.ts'
import { runJob } from './flow/run-job.ts'
import { allRoutes } from './http/all-routes.ts'
import { newRateLimiter } from './http/rate-limiter.ts'
import { buildHttpServer } from './http/server.ts'
import { pgJobStore } from './jobs/pg-job-store.ts'
import { smtpMailer } from './mail/smtp-mailer.ts'
import { openDiskObjectStore } from './objects/disk-object-store.ts'
import type { Log } from './observe/log.ts'
import { checkServer } from './pg/check-server.ts'
import { type Database, openDatabase } from './pg/database.ts'
import { EMBEDDED_CONNECTIONS_MAX, startEmbedded } from './pg/embedded.ts'
import { lockFolder } from './pg/folder-lock.ts'
import { migrate } from './pg/migrate.ts'
import { type Place, placeOf } from './place.ts'
import { pgChangeLog, startOverIfRestored } from './rows/pg-change-log.ts'
import { pgRowSource } from './rows/pg-row-source.ts'
import { ensureFirstClient } from './tokens/first-client.ts'
import { pgClientGrantStore } from './tokens/pg-client-grant-store.ts'
import { pgClientStore } from './tokens/pg-client-store.ts'
import { pgSecretStore } from './tokens/pg-secret-store.ts'
import { loadLinkSecret, loadSigningKey } from './tokens/signing-key.ts'
import { newTokens } from './tokens/tokens.ts'
import { pgConnectionStore } from './users/pg-connection-store.ts'
import { pgUserFinder } from './users/pg-user-search.ts'
import { pgUserStore } from './users/pg-user-store.ts'
import { startSweeper } from './work/sweeper.ts'
import { startWorker } from './work/worker.ts'

export interface Muster {
  readonly publicUrl: string
  /** For a person, at the first start: the client that was made, where the CA lies. */
  readonly notice: string
  stop(): Promise<void>
}

export interface ComposeDeps {
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
const CLOSE_SECONDS = 5
// Reads of one export, requests, leases: what is left of PostgreSQL's default of 100 is for others.
const CONNECTIONS_BESIDE_EXPORTS = 8

/** Builds Muster out of its parts and starts it: the only file that picks adapters. */
export async function compose(config: Config, deps: ComposeDeps): Promise<Muster> {
  const closers: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    return { ...(await start(config, deps, closers)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Closers = (() => Promise<unknown>)[]

async function start(config: Config, deps: ComposeDeps, closers: Closers): Promise<Omit<Muster, 'stop'>> {
  const { clock, log } = deps
  const place = await placeOf(config)
  const stores = await openStores(config, closers)
  if (await startOverIfRestored(stores.database, clock.now())) {
    log.warn('the database comes from another cluster: exports with since begin anew')
  }
  const tls = await tlsOf(config, place, clock)
  const key = await loadSigningKey(stores.secrets, clock)
  const linkSecret = await loadLinkSecret(stores.secrets, 'link-signing-key')
  const verificationSecret = await loadLinkSecret(stores.secrets, 'verification-signing-key')
  const firstClient = await ensureFirstClient(stores.clients, config.firstClient, clock)
  await ensureFirstConnection(stores)
  const tokens = newTokens({
    key,
    clock,
    publicUrl: place.publicUrl,
    lifetimeSeconds: config.tokenLifetimeSeconds,
  })
  const compress = await compressorOf(config, log)
  const work = startWork({ config, place, stores, verificationSecret, compress, deps })
  log.info({ rateLimit: config.rateLimit.name }, 'the rate limit of each client')
  const parts = {
    ...stores,
    clock,
    tokens,
    linkSecret,
    verificationSecret,
    wake: work.wake,
    publicUrl: place.publicUrl,
    tenant: place.tenant,
    limiter: newRateLimiter(config.rateLimit, clock),
    jwk: key.jwk,
    importBytesMax: config.importBytesMax,
    ping: () => stores.database.query('select 1'),
  }
  const app = await buildHttpServer({
    log,
    ...(tls === undefined ? {} : { tls: tls.options }),
    routes: [(to) => allRoutes(to, parts)],
  })
  closers.push(() => Promise.all([work.stop(), closeHttp(app)]))
  await app.listen({ host: place.host, port: place.port })
  return { publicUrl: place.publicUrl, notice: noticeOf(firstClient, tls?.caPath) }
}

type Stores = Awaited<ReturnType<typeof openStores>>

async function openStores(config: Config, closers: Closers) {
  const lock = await lockFolder(config.dataDir)
  closers.push(() => lock.release())
  const database = await openEngine(config, closers)
  await checkServer(database)
  await migrate(database)
  const jobs = pgJobStore(database)
  // The folder's lock proves that whoever held a lease on the embedded engine is gone.
  if (database.oneSession) await jobs.releaseAll()
  return {
    database,
    jobs,
    objects: await openDiskObjectStore(join(config.dataDir, 'objects')),
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
    const connectionsMax = config.concurrency * (config.exportConnections + 1) + CONNECTIONS_BESIDE_EXPORTS
    const database = openDatabase({ url: config.databaseUrl, connectionsMax, oneSession: false })
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

async function ensureFirstConnection({ connections }: Stores): Promise<void> {
  if ((await connections.list()).length > 0) return
  await connections.add({
    id: newConnectionId(),
    name: FIRST_CONNECTION_NAME,
    strategy: DATABASE_STRATEGY,
    options: {},
  })
}

// Memory of an export is counted in these, on its way to compression.
const BLOCK_BYTES = 1024 * 1024

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
  return isIgzip ? igzip : zlibCompressor({ level, memberBytes: BLOCK_BYTES })
}

interface Workplace {
  readonly config: Config
  readonly place: Place
  readonly stores: Stores
  readonly verificationSecret: Uint8Array
  readonly compress: Compressor
  readonly deps: ComposeDeps
}

function startWork({ config, place, stores, verificationSecret, compress, deps }: Workplace): {
  wake: () => void
  stop: () => Promise<unknown>
} {
  const { clock, log } = deps
  const { jobs, objects, changes, database } = stores
  const onError = (error: unknown, jobId?: string): void => log.error({ err: error, jobId }, 'work failed')
  const exporting = {
    objects,
    // On the embedded engine a range holds up everybody else: about 20 ms for 4,000 users.
    rows: pgRowSource(database, clock, {
      parallel: config.exportConnections,
      usersPerRange: database.oneSession ? 4_000 : 20_000,
    }),
    compress,
    defaultFields: config.defaultFields,
    fileName: (format: 'csv' | 'json') => `${place.tenant}.${format}.gz`,
  }
  const importing = { ...stores, clock }
  const mailer = config.mail === undefined ? undefined : smtpMailer({ ...config.mail, clock })
  const verifying = { ...stores, ...place, clock, verificationSecret, mailer }
  const worker = startWorker(
    {
      jobs,
      clock,
      run: (job, run) => runJob(job, { exporting, importing, verifying }, run),
      discard: async (outcome) => {
        if (outcome.kind === 'exported')
          await objects.removeAll(`${outcome.objectKey.split('/').slice(0, -1).join('/')}/`)
      },
      // The users file holds password hashes: it goes as soon as it has been read, not after a day.
      settled: async (job) => {
        if (job.type === 'users_import') await objects.removeAll(objectPrefix(job.id))
      },
      onError,
    },
    {
      concurrency: config.concurrency,
      leaseSeconds: LEASE_SECONDS,
      renewSeconds: RENEW_SECONDS,
      pollSeconds: POLL_SECONDS,
      graceSeconds: GRACE_SECONDS,
    },
  )
  const sweeper = startSweeper(
    async (signal) => {
      await expireJobs({ jobs, objects, clock }, signal)
      await forgetChanges({ changes, clock, keptDays: config.changesKeptDays })
    },
    SWEEP_SECONDS,
    onError,
  )
  return { wake: worker.wake, stop: () => Promise.all([worker.stop(), sweeper.stop()]) }
}

// Downloads under way may finish, but not hold up the stop.
async function closeHttp(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_SECONDS * 1000)
  await app.close()
  clearTimeout(cut)
}

interface Tls {
  readonly options: { readonly cert: string; readonly key: string }
  readonly caPath?: string
}

async function tlsOf(config: Config, place: Place, clock: Clock): Promise<Tls | undefined> {
  if (config.tls === undefined) return undefined
  if (config.tls !== 'self-signed') {
    const { certFile, keyFile } = config.tls
    return { options: { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') } }
  }
  const hosts = [new URL(place.publicUrl).hostname.replace(/^\[|\]$/g, '')]
  const { certificate, key, caPath } = await ensureSelfSigned(join(config.dataDir, 'tls'), hosts, clock)
  return { options: { cert: certificate, key }, caPath }
}

function noticeOf(client: { id: string; secret: string } | undefined, caPath: string | undefined): string {
  const lines: string[] = []
  if (client !== undefined) {
    lines.push('A first client with all scopes was made. Its secret is shown this once:')
    lines.push(`  MUSTER_CLIENT_ID=${client.id}`, `  MUSTER_CLIENT_SECRET=${client.secret}`)
  }
  if (caPath !== undefined) {
    lines.push(
      'Clients must trust the local CA:',
      `  export NODE_EXTRA_CA_CERTS=${caPath} CURL_CA_BUNDLE=${caPath}`,
    )
  }
  return lines.join('\n')
}
