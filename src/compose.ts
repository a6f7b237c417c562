import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { ensureSelfSigned } from './certificates/local-authority.ts'
import { CLOCK_SECONDS, composeWork, type WorkDeps, type WorkOrder } from './compose-work.ts'
import type { Config } from './config.ts'
import { type Clock, systemStopwatch } from './domain/clock.ts'
import { DATABASE_STRATEGY, FIRST_CONNECTION_NAME } from './domain/connection.ts'
import { newConnectionId } from './domain/ids.ts'
import { newHealthCheck } from './flow/check-health.ts'
import { removeOrphans } from './flow/remove-orphans.ts'
import { newHasher } from './hashing/hasher.ts'
import { allRoutes } from './http/all-routes.ts'
import { newRateLimiter } from './http/rate-limiter.ts'
import { buildHttpServer } from './http/server.ts'
import { pgJobStore } from './jobs/pg-job-store.ts'
import { openDiskObjectStore } from './objects/disk-object-store.ts'
import { checkServer } from './pg/check-server.ts'
import { type Database, openDatabase } from './pg/database.ts'
import { startDatabaseClock } from './pg/database-clock.ts'
import { EMBEDDED_CONNECTIONS_MAX, startEmbedded } from './pg/embedded.ts'
import { lockFolder } from './pg/folder-lock.ts'
import { migrate } from './pg/migrate.ts'
import { type Place, placeOf } from './place.ts'
import { pgChangeLog, startOverIfRestored } from './rows/pg-change-log.ts'
import { newAttempts } from './tokens/attempts.ts'
import { newClientSecrets } from './tokens/client-secrets.ts'
import { ensureFirstClient } from './tokens/first-client.ts'
import { newKnownSecrets } from './tokens/known-secrets.ts'
import { pgClientGrantStore } from './tokens/pg-client-grant-store.ts'
import { pgClientStore } from './tokens/pg-client-store.ts'
import { pgSecretStore } from './tokens/pg-secret-store.ts'
import { loadLinkSecret, loadSigningKey } from './tokens/signing-key.ts'
import { newTokens } from './tokens/tokens.ts'
import { pgConnectionStore } from './users/pg-connection-store.ts'
import { pgUserFinder } from './users/pg-user-search.ts'
import { pgUserStore } from './users/pg-user-store.ts'
import { startWorkThread, type Work } from './work/thread.ts'

export interface Muster {
  readonly publicUrl: string
  /** For a person, at the first start: the client that was made, where the CA lies. */
  readonly notice: string
  stop(): Promise<void>
}

export interface ComposeDeps extends WorkDeps {
  /** Told when a part has ended by itself without which a server is of no use. */
  readonly onDeath: (error: unknown) => void
}

const CLOSE_SECONDS = 5
// The server ends a statement first; then nothing is wrong with its connection.
const ANSWER_SECONDS_MORE = 3
// A client asks again when its token ends, and its secret is still remembered then.
const SECRET_KNOWN_SECONDS = 3600
const REFUSAL_MILLISECONDS = 1000

/** Builds Muster out of its parts and starts it: the only file, with compose-work.ts, that picks adapters. */
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
  const { log } = deps
  const place = await placeOf(config)
  const stores = await openStores(config, deps.clock, closers)
  const clock = await clockOf(stores.database, deps, closers)
  if (stores.isRestored) log.warn('the database comes from another cluster: exports with since begin anew')
  const tls = await tlsOf(config, place, clock)
  const key = await loadSigningKey(stores.secrets, clock)
  const linkSecret = await loadLinkSecret(stores.secrets, 'link-signing-key')
  const verificationSecret = await loadLinkSecret(stores.secrets, 'verification-signing-key')
  const hasher = newHasher()
  closers.push(() => hasher.stop())
  const clientSecrets = newClientSecrets({
    hasher,
    attempts: newAttempts(config.gates.tokenAttempts, clock),
    known: newKnownSecrets(config.tokenLifetimeSeconds + SECRET_KNOWN_SECONDS, clock),
  })
  const firstClient = await ensureFirstClient(config.firstClient, { ...stores, clientSecrets, clock })
  await ensureFirstConnection(stores)
  const tokens = newTokens({
    key,
    clock,
    publicUrl: place.publicUrl,
    lifetimeSeconds: config.tokenLifetimeSeconds,
  })
  const work = await startWork({ config, place, verificationSecret }, stores, deps)
  log.info({ rateLimit: config.rateLimit.name }, 'the rate limit of each client')
  const parts = {
    ...stores,
    clock,
    tokens,
    clientSecrets,
    hasher,
    refusalMilliseconds: REFUSAL_MILLISECONDS,
    linkSecret,
    verificationSecret,
    wake: work.wake,
    publicUrl: place.publicUrl,
    tenant: place.tenant,
    limiter: newRateLimiter(config.rateLimit, clock),
    jwk: key.jwk,
    importBytesMax: config.importBytesMax,
    ping: healthOf(config, stores, closers),
    fieldsMax: config.limits.jsonFieldsMax,
  }
  const app = await buildHttpServer({
    log,
    ...(tls === undefined ? {} : { tls: tls.options }),
    limits: config.gates,
    host: place.host,
    routes: [(to) => allRoutes(to, parts)],
  })
  closers.push(() => Promise.all([work.stop(), closeHttp(app)]))
  await app.listen({ host: place.host, port: place.port })
  return { publicUrl: place.publicUrl, notice: noticeOf(firstClient, tls?.caPath) }
}

type Stores = Awaited<ReturnType<typeof openStores>>

async function openStores(config: Config, clock: Clock, closers: Closers) {
  const lock = await lockFolder(config.dataDir)
  closers.push(() => lock.release())
  const database = await openEngine(config, closers)
  const isRestored = await upgraded(config, database, clock)
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

// The embedded engine's clock is the machine's, and its one session is for others.
async function clockOf(database: Database, { clock, log }: ComposeDeps, closers: Closers): Promise<Clock> {
  if (database.oneSession) return clock
  const shared = await startDatabaseClock(database, {
    stopwatch: systemStopwatch,
    everySeconds: CLOCK_SECONDS,
    onError: (error) => log.warn({ err: error }, 'the database could not be asked for the time'),
  })
  closers.push(async () => shared.stop())
  return shared
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

/** Health is asked of a connection of its own: those of requests may all be waiting for a lock. */
function healthOf(
  { databaseUrl: url, limits }: Config,
  stores: Stores,
  closers: Closers,
): () => Promise<void> {
  const seconds = limits.healthSeconds
  const database =
    url === undefined
      ? stores.database
      : openDatabase({
          url,
          connectionsMax: 1,
          oneSession: false,
          limits: { connectSeconds: seconds, answerSeconds: seconds, silenceSeconds: seconds },
        })
  if (database !== stores.database) closers.push(() => database.stop())
  return newHealthCheck(
    [
      { name: 'Database', code: 'database_unavailable', ask: () => database.query('select 1') },
      { name: 'Data folder', code: 'object_store_unavailable', ask: () => stores.objects.probe() },
    ],
    { seconds, stopwatch: systemStopwatch },
  )
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

/**
 * Jobs run in a thread of their own, so that no request waits for their event loop, with connections of their own; on
 * the embedded engine in this one, for its session is one for everybody.
 */
function startWork(order: WorkOrder, { database }: Stores, deps: ComposeDeps): Promise<Work> {
  if (database.oneSession) return composeWork(order, { database }, deps)
  return startWorkThread(new URL('./work-thread.js', import.meta.url), order, deps.onDeath)
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
