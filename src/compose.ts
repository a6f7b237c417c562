import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type Closers, openStores, type Stores } from './compose-stores.ts'
import { CLOCK_SECONDS, composeWork, type WorkDeps, type WorkOrder } from './compose-work.ts'
import type { Config } from './config.ts'
import { type Clock, systemStopwatch } from './domain/clock.ts'
import { DATABASE_STRATEGY, FIRST_CONNECTION_NAME } from './domain/connection.ts'
import { newConnectionId } from './domain/ids.ts'
import { newHealthCheck } from './flow/check-health.ts'
import { newHasher } from './hashing/hasher.ts'
import { allRoutes } from './http/all-routes.ts'
import { newRateLimiter } from './http/rate-limiter.ts'
import { buildHttpServer } from './http/server.ts'
import { type Database, openDatabase } from './pg/database.ts'
import { startDatabaseClock } from './pg/database-clock.ts'
import { isFirstStart } from './pg/embedded.ts'
import { type Place, placeOf } from './place.ts'
import { newAttempts } from './tokens/attempts.ts'
import { newClientSecrets } from './tokens/client-secrets.ts'
import { ensureFirstClient } from './tokens/first-client.ts'
import { newKnownSecrets } from './tokens/known-secrets.ts'
import { loadLinkSecret, loadSigningKey, makeSigningKey, type StoredKey } from './tokens/signing-key.ts'
import { newTokens } from './tokens/tokens.ts'
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
// A client asks again when its token ends, and its secret is still remembered then.
const SECRET_KNOWN_SECONDS = 3600
const REFUSAL_MILLISECONDS = 1000

/** Builds Muster out of its parts and starts it: the only file, with compose-stores.ts and compose-work.ts, that picks adapters. */
export async function compose(config: Config, deps: ComposeDeps): Promise<Muster> {
  const closers: Closers = []
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

async function start(config: Config, deps: ComposeDeps, closers: Closers): Promise<Omit<Muster, 'stop'>> {
  const { log } = deps
  const place = await placeOf(config)
  const keyAhead = await beginKey(config, deps.clock)
  const onError = (error: unknown): void => log.error({ err: error }, 'the data folder is not claimed')
  const stores = await openStores(config, { clock: deps.clock, onError }, closers)
  const clock = await clockOf(stores.database, deps, closers)
  if (stores.isRestored) log.warn('the database comes from another cluster: exports with since begin anew')
  const tls = await tlsOf(config, place, clock)
  const key = await loadSigningKey(stores.secrets, clock, keyAhead)
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

/** A newcomer waits for the first start on the embedded engine: its key is made while the engine starts. */
async function beginKey(
  { databaseUrl, dataDir }: Config,
  clock: Clock,
): Promise<(() => Promise<StoredKey>) | undefined> {
  if (databaseUrl !== undefined || !(await isFirstStart(dataDir))) return undefined
  const key = makeSigningKey(clock)
  // Its failure is told to whoever asks for it.
  key.catch(() => undefined)
  return () => key
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
  // Not loaded by those who need none: it takes a tenth of a second.
  const { ensureSelfSigned } = await import('./certificates/local-authority.ts')
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
