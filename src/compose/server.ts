import type { FastifyInstance } from 'fastify'
import type { Config } from '../config.ts'
import { systemClock } from '../domain/clock.ts'
import { DATABASE_STRATEGY, FIRST_CONNECTION_NAME } from '../domain/connection.ts'
import { newConnectionId } from '../domain/ids.ts'
import { type MintLink, ownLinks } from '../download/link.ts'
import { type JobWatch, newJobWatch } from '../flow/watch-jobs.ts'
import { newHasher } from '../hashing/hasher.ts'
import { allRoutes } from '../http/all-routes.ts'
import { newRateLimiter } from '../http/rate-limiter.ts'
import { buildHttpServer } from '../http/server.ts'
import { tellSeen } from '../http/tell-seen.ts'
import { traceRequests } from '../http/trace-requests.ts'
import { watchThread } from '../observe/watch-thread.ts'
import { newAttempts } from '../tokens/attempts.ts'
import { newClientSecrets } from '../tokens/client-secrets.ts'
import { ensureFirstClient } from '../tokens/first-client.ts'
import { type KeyRing, startKeyRing } from '../tokens/key-ring.ts'
import { newKnownSecrets } from '../tokens/known-secrets.ts'
import { loadLinkSecret } from '../tokens/signing-key.ts'
import { newTokens } from '../tokens/tokens.ts'
import { ownVersion } from '../version.ts'
import { type Base, openBase } from './base.ts'
import { type Closers, openAll } from './closers.ts'
import { consoleOf } from './console.ts'
import { type EngineDeps, KEYS_UNREAD } from './engine.ts'
import { healthOf } from './health.ts'
import { observe, tracesOf } from './observe.ts'
import { checkNames, openSources, readsWithSources, withSources } from './sources.ts'
import { readsOf, type Stores, s3LinksTo } from './stores.ts'
import { startWork } from './threads.ts'
import { tlsOf } from './tls.ts'
import { workOrderOf } from './work-order.ts'

export interface Muster {
  readonly publicUrl: string
  readonly notice: string
  /** Where people find the console, and whether the address signs in by itself. Undefined if the console is off. */
  readonly console: { readonly address: string; readonly signsIn: boolean } | undefined
  stop(): Promise<void>
}

const CLOSE_SECONDS = 5
// A client gets a new token when the old one ends. If its secret were forgotten by then, each new token would take a
// slow hash.
const SECRET_KNOWN_SECONDS = 3600
const REFUSAL_MILLISECONDS = 1000
const WATCH_SECONDS = 0.5
// Many proxies close a connection that was silent for 60 s, and some after 30 s.
const HEARTBEAT_SECONDS = 15

export interface ServerDeps extends EngineDeps {
  /** False if other processes run the jobs. */
  readonly runsJobs: boolean
}

export function composeServer(config: Config, deps: ServerDeps): Promise<Muster> {
  return openAll((closers) => start(config, deps, closers))
}

async function start(config: Config, deps: ServerDeps, closers: Closers): Promise<Omit<Muster, 'stop'>> {
  const opened = await openBase(config, deps, closers)
  await ensureFirstConnection(opened.stores)
  const sources = openSources(config, deps.log, closers)
  await checkNames(sources, opened.stores)
  const base = { ...opened, stores: withSources(opened.stores, sources) }
  const { engine, stores, place } = base
  const tls = await tlsOf(config, place, engine.clock)
  const keys = await startKeyRing({
    secrets: stores.secrets,
    clock: engine.clock,
    everySeconds: config.limits.keysSeconds,
    make: base.keyAhead,
    onError: (err) => deps.log.warn({ err }, KEYS_UNREAD),
  })
  closers.opened(keys)
  const linkSecret = await loadLinkSecret(stores.secrets, 'link-signing-key')
  const verificationSecret = await loadLinkSecret(stores.secrets, 'verification-signing-key')
  const { firstClient, attempts, ...admission } = await admissionOf(config, keys, base)
  const health = healthOf(config, { database: engine.health, objects: stores.objects })
  // The port for metrics is closed after requests and jobs have ended, so that it answers until the end of a stop.
  const see = await observe(config, { ...deps, engine, ready: health.ready }, closers)
  if (config.metrics !== undefined) closers.add(watchThread('requests', { requests: engine.database }, see))
  // Requests and jobs stop at the same time. One after another could take longer than the promised 10 s.
  const ends = closers.together()
  ends.add(health.beginStop)
  const order = workOrderOf(config, place, verificationSecret)
  const work = deps.runsJobs
    ? await startWork(order, { ...deps, see, engine, logLevel: config.logLevel })
    : { wake: () => undefined, drop: () => undefined, stop: async () => undefined }
  ends.add(work.stop)
  deps.log.info({ rateLimit: config.rateLimit.name }, 'the rate limit of each client at this process')
  const links = { linkSecret, verificationSecret, mintLink: await mintLinkOf(config, linkSecret, base) }
  const watch = ends.opened(watchOf(config, base, deps.log))
  const asked = { publishedKeys: keys.published, wake: work.wake, drop: work.drop, watch }
  const shown = await consoleOf(config, base, { attempts, isAlone: deps.runsJobs })
  const parts = { ...partsOf(config, base), ...admission, ...links, ...health, ...asked, ...shown.parts }
  const app = await buildHttpServer({
    log: deps.log,
    ...(tls === undefined ? {} : { tls: tls.options }),
    limits: config.gates,
    host: place.host,
    routes: [(to) => tellSeen(to, see), await tracing(), (to) => allRoutes(to, parts)],
  })
  ends.add(() => closeHttp(app))
  await app.listen({ host: place.host, port: place.port })
  return { publicUrl: place.publicUrl, notice: noticeOf(firstClient, tls?.caPath), console: shown.shown }
}

type BaseWithSources = Base & { readonly stores: ReturnType<typeof withSources> }

async function admissionOf(config: Config, keys: KeyRing, { engine, stores, place, closers }: Base) {
  const { clock } = engine
  const { tokenLifetimeSeconds } = config
  const hasher = closers.opened(newHasher())
  const attempts = newAttempts(config.gates.tokenAttempts, clock)
  const clientSecrets = newClientSecrets({
    hasher,
    attempts,
    known: newKnownSecrets(tokenLifetimeSeconds + SECRET_KNOWN_SECONDS, clock),
  })
  const firstClient = await ensureFirstClient(config.firstClient, { ...stores, clientSecrets, clock })
  const tokens = newTokens({
    keys,
    clock,
    publicUrl: place.publicUrl,
    lifetimeSeconds: tokenLifetimeSeconds,
  })
  return { hasher, attempts, clientSecrets, firstClient, tokens }
}

function partsOf(config: Config, { engine, stores, place }: BaseWithSources) {
  const { clock } = engine
  return {
    ...stores,
    ...readsWithSources(readsOf(engine), stores.sources),
    clock,
    refusalMilliseconds: REFUSAL_MILLISECONDS,
    publicUrl: place.publicUrl,
    version: ownVersion(),
    tenant: place.tenant,
    limiter: newRateLimiter(config.rateLimit, clock),
    importBytesMax: config.importBytesMax,
    defaultFields: config.defaultFields,
    fieldsMax: config.limits.jsonFieldsMax,
    heartbeatSeconds: HEARTBEAT_SECONDS,
  }
}

function watchOf({ limits }: Config, { engine, stores }: Base, log: EngineDeps['log']): JobWatch {
  return newJobWatch({
    jobs: stores.jobs,
    clock: engine.clock,
    everySeconds: WATCH_SECONDS,
    watchersMax: limits.watchersMax,
    onError: (error) => log.warn({ err: error }, 'jobs could not be watched'),
  })
}

async function mintLinkOf(
  { objects, downloads }: Config,
  secret: Uint8Array,
  { engine: { clock }, place: { publicUrl } }: Base,
): Promise<MintLink> {
  if (objects.kind === 's3' && downloads === 'direct') return s3LinksTo(objects, clock)
  return ownLinks({ publicUrl, secret, clock })
}

async function tracing(): Promise<(app: FastifyInstance) => void> {
  const traces = await tracesOf(systemClock)
  return (app) => {
    if (traces !== undefined) traceRequests(app, traces)
  }
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

// Downloads may finish within this time. After that they are cut, because a stop must take less than 10 s.
async function closeHttp(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_SECONDS * 1000)
  await app.close()
  clearTimeout(cut)
}

function noticeOf(client: { id: string; secret: string } | undefined, caPath: string | undefined): string {
  const lines: string[] = []
  if (client !== undefined) {
    lines.push('A first client with all scopes was created. Its secret is shown only now:')
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
