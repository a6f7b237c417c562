import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'
import { newHeldFetch } from './held-fetch.ts'

/** The URL of a server that was started outside of the tests. It must be new, since the tests count its users. */
const BASE_URL = process.env['MUSTER_BASE_URL']

/** The client that every server under test knows: of a server that runs already, as the environment says. */
export const CLIENT =
  BASE_URL === undefined
    ? { id: 'acceptance', secret: 'a-secret-for-tests-only' }
    : { id: process.env['MUSTER_CLIENT_ID'] ?? '', secret: process.env['MUSTER_CLIENT_SECRET'] ?? '' }

/** What tests ask servers with. */
export const heldFetch = newHeldFetch(fetch)

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')

export interface Server {
  readonly url: string
  readonly folder: string
  /** PEM file to trust, when the server speaks TLS with its own CA. */
  readonly caPath: string
  readonly child: ChildProcess
  /** Everything it has said so far. */
  readonly output: () => string
  /** Sends a signal and resolves with exit code and seconds taken. The folder stays. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; seconds: number }>
}

export interface StartOptions {
  readonly folder?: string
  readonly databaseUrl?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** What a test needs that only speaks HTTP. */
export interface Reached {
  readonly url: string
  stop(): Promise<void>
}

/** The server at MUSTER_BASE_URL, or else one started for this test file. */
export async function reachServer(options: StartOptions = {}): Promise<Reached> {
  if (BASE_URL !== undefined) return { url: BASE_URL.replace(/\/+$/, ''), stop: async () => undefined }
  const server = await startServer(options)
  return { url: server.url, stop: () => discard(server) }
}

/** Starts the built server as a process of its own, as a user would; resolves when it says that it is ready. */
export async function startServer(options: StartOptions = {}): Promise<Server> {
  const folder = options.folder ?? newFolder()
  const args = ['serve', '--port', '0', '--data-dir', folder, ...(options.args ?? [])]
  const env = {
    ...process.env,
    MUSTER_CLIENT_ID: CLIENT.id,
    MUSTER_CLIENT_SECRET: CLIENT.secret,
    ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
    ...options.env,
  }
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const url = await new Promise<string>((ready, fail) => {
    const hear = (chunk: Buffer): void => {
      output += chunk
      const match = /Muster is ready at (\S+)/.exec(output)
      if (match?.[1] !== undefined) ready(match[1])
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => fail(new Error(`the server ended with ${code}: ${output}`)))
  })
  return {
    url,
    folder,
    caPath: join(folder, 'tls', 'ca.pem'),
    child,
    output: () => output,
    end: (signal) => endProcess(child, signal),
  }
}

async function endProcess(
  child: ChildProcess,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; seconds: number }> {
  const started = performance.now()
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await gone
  }
  return { code: child.exitCode, seconds: (performance.now() - started) / 1000 }
}

/** Ends the server in any state and removes its folder. */
export async function discard(server: Server | undefined): Promise<void> {
  if (server === undefined) return
  await server.end('SIGKILL')
  rmSync(server.folder, { recursive: true, force: true })
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'muster-acceptance-'))
}

export const HAS_POSTGRES = 'url' in inject('postgres')

/** The engines that this run can start a server on. */
export const ENGINES = HAS_POSTGRES ? (['embedded', 'postgres'] as const) : (['embedded'] as const)

/** What a server is started with to have an empty database of this engine, which goes when the test has finished. */
export async function emptyOn(engine: 'embedded' | 'postgres'): Promise<Pick<StartOptions, 'databaseUrl'>> {
  if (engine === 'embedded') return {}
  const server = inject('postgres')
  if (!('url' in server)) throw new Error('this run has no PostgreSQL')
  const made = await newPostgresDatabase(server.url)
  onTestFinished(made.stop)
  return { databaseUrl: made.url }
}

/** A client of the Management API over plain HTTP: what a script with fetch would be. */
export interface Api {
  readonly headers: Readonly<Record<string, string>>
  get(path: string): Promise<Response>
  post(path: string, body: unknown): Promise<Response>
  /** Polls a job until it is in one of the statuses. */
  job(id: string, ...statuses: string[]): Promise<Record<string, unknown>>
  export(body: unknown): Promise<Record<string, unknown>>
  import(connectionId: string, users: unknown, parts?: Readonly<Record<string, string>>): Promise<Response>
}

export async function apiOf(server: Pick<Server, 'url'>): Promise<Api> {
  const response = await heldFetch(`${server.url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials',
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      audience: `${server.url}/api/v2/`,
    }),
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  const headers = { authorization: `Bearer ${token}` }
  const at = (path: string): string => `${server.url}/api/v2/${path}`
  const api: Api = {
    headers,
    get: (path) => heldFetch(at(path), { headers }),
    post: (path, body) =>
      heldFetch(at(path), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    job: async (id, ...statuses) => {
      for (;;) {
        const job = (await (await api.get(`jobs/${id}`)).json()) as Record<string, unknown>
        if (statuses.includes(String(job['status']))) return job
        // Polling is the API: there is no other way for a client to learn of the end.
        await new Promise((later) => setTimeout(later, 20))
      }
    },
    export: async (body) => {
      const created = (await (await api.post('jobs/users-exports', body)).json()) as { id: string }
      return api.job(created.id, 'completed', 'failed')
    },
    import: (connectionId, users, parts = {}) => {
      const form = new FormData()
      form.set('users', new Blob([JSON.stringify(users)], { type: 'application/json' }), 'users.json')
      form.set('connection_id', connectionId)
      for (const [name, value] of Object.entries(parts)) form.set(name, value)
      return heldFetch(at('jobs/users-imports'), { method: 'POST', headers, body: form })
    },
  }
  return api
}

/** Imports users in files as large as the API takes, two at a time, and returns how many are in. */
export async function importMany(api: Api, connectionId: string, users: readonly unknown[]): Promise<number> {
  let inserted = 0
  const files = Array.from({ length: Math.ceil(users.length / 1000) }, (_, index) =>
    users.slice(index * 1000, index * 1000 + 1000),
  )
  for (const file of files) {
    const { id } = (await (await api.import(connectionId, file)).json()) as { id: string }
    const job = await api.job(id, 'completed', 'failed')
    inserted += (job['summary'] as { inserted: number }).inserted
  }
  return inserted
}

export async function firstConnectionId(api: Api): Promise<string> {
  const [connection] = (await (await api.get('connections')).json()) as { id: string }[]
  return connection?.id ?? ''
}
