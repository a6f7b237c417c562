import { readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'
import { startGroup } from './group.ts'
import { newHeldFetch } from './held-fetch.ts'
import {
  BASE_URL,
  CLIENT,
  newFolder,
  type Process,
  type StartOptions,
  startProcess,
} from './start-process.ts'

/** Of how many processes the server under test consists: half of them answer requests, half run jobs. */
const PROCESSES = Number(process.env['MUSTER_TEST_PROCESSES'] ?? 1)

/** What tests ask servers with. */
export const heldFetch = newHeldFetch(fetch)

/** Its folder stays when it ends. */
export interface Server extends Process {
  readonly folder: string
  /** The names of all files, also of unfinished ones, in its place for files. */
  files(): Promise<readonly string[]>
  /** PEM file to trust, when the server speaks TLS with its own CA. */
  readonly caPath: string
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

/**
 * Starts the built server as a process of its own, as a user would; resolves when it says that it is ready. With
 * MUSTER_TEST_PROCESSES it is a group of processes that share PostgreSQL and S3.
 */
export async function startServer(options: StartOptions = {}): Promise<Server> {
  if (PROCESSES > 1) return startGroup({ apis: PROCESSES / 2, workers: PROCESSES / 2 }, options)
  const folder = options.folder ?? newFolder()
  const process = await startProcess(['serve', '--port', '0', '--data-dir', folder], options)
  const files = async (): Promise<readonly string[]> => filesBelow(join(folder, 'objects'))
  return { ...process, folder, caPath: join(folder, 'tls', 'ca.pem'), files }
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

/** Ends the server in any state and removes its folder. */
export async function discard(server: Server | undefined): Promise<void> {
  if (server === undefined) return
  await server.end('SIGKILL')
  rmSync(server.folder, { recursive: true, force: true })
}

export const HAS_POSTGRES = 'url' in inject('postgres')

/** The engines that this run can start a server on. Several processes need PostgreSQL. */
export const ENGINES: readonly ('embedded' | 'postgres')[] =
  PROCESSES > 1 ? ['postgres'] : HAS_POSTGRES ? ['embedded', 'postgres'] : ['embedded']

/** What a server is started with to have an empty database of this engine, which goes when the test has finished. */
export async function emptyOn(engine: 'embedded' | 'postgres'): Promise<Pick<StartOptions, 'databaseUrl'>> {
  const made = await newDatabaseOn(engine)
  if (made === undefined) return {}
  onTestFinished(made.stop)
  return { databaseUrl: made.url }
}

/** An empty database, which the caller stops. Undefined on the embedded engine, which makes its own. */
export async function newDatabaseOn(
  engine: 'embedded' | 'postgres',
): Promise<Awaited<ReturnType<typeof newPostgresDatabase>> | undefined> {
  if (engine === 'embedded') return undefined
  const server = inject('postgres')
  if (!('url' in server)) throw new Error('this run has no PostgreSQL')
  return newPostgresDatabase(server.url)
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

/** Gets a token for a client and speaks with it. */
export async function apiOf({ url }: Pick<Server, 'url'>, client = CLIENT): Promise<Api> {
  const response = await heldFetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials',
      client_id: client.id,
      client_secret: client.secret,
      audience: `${url}/api/v2/`,
    }),
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  return apiAt(url, { authorization: `Bearer ${token}` })
}

/** Speaks with a process with these headers, which may have the token of another one. */
export function apiAt(url: string, headers: Api['headers']): Api {
  const at = (path: string): string => `${url}/api/v2/${path}`
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
