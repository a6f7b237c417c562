import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { freePort } from '../fixtures/free-port.ts'
import { type HttpProxy, startHttpProxy } from '../fixtures/http-proxy.ts'
import { type CliResult, type Running, runCli, startCli } from './cli-process.ts'
import {
  type Api,
  apiOf,
  discard,
  firstConnectionId,
  newDatabaseOn,
  type Server,
  startServer,
} from './harness.ts'
import { CLIENT } from './start-process.ts'

export const USERS = 3000

/** A server with users, the proxy through which everybody reaches it, and a folder to export to. */
export interface CliWorld {
  readonly proxy: HttpProxy
  readonly api: Api
  readonly env: Readonly<Record<string, string>>
  /** Names of the files in the folder. */
  files(): readonly string[]
  read(name: string): Buffer
  readonly folder: string
  /** Empties the folder, and lets the proxy behave. */
  clear(): void
  run(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliResult>
  start(words: readonly string[]): Running
  /** Kills the server and starts it again at the same place. */
  restart(): Promise<void>
  /** Ids of the export jobs that the server has. */
  jobs(): Promise<readonly string[]>
  stop(): Promise<void>
}

export async function newCliWorld(engine: 'embedded' | 'postgres'): Promise<CliWorld> {
  const port = await freePort()
  const proxy = await startHttpProxy(port)
  const database = await newDatabaseOn(engine)
  const databaseUrl = database === undefined ? {} : { databaseUrl: database.url }
  const given = { args: ['--public-url', proxy.url], env: { MUSTER_RATE_LIMIT: 'off' } }
  const begin = (folder?: string): Promise<Server> =>
    startServer({
      ...databaseUrl,
      ...given,
      args: [...given.args, '--port', String(port)],
      ...(folder === undefined ? {} : { folder }),
    })
  let server = await begin()
  const api = await apiOf({ url: proxy.url })
  await fill(api, proxy.url)
  const folder = mkdtempSync(join(tmpdir(), 'muster-cli-'))
  const env = {
    MUSTER_URL: proxy.url,
    MUSTER_CLIENT_ID: CLIENT.id,
    MUSTER_CLIENT_SECRET: CLIENT.secret,
    XDG_CONFIG_HOME: folder,
  }
  return {
    proxy,
    api,
    env,
    folder,
    files: () => readdirSync(folder).sort(),
    read: (name) => readFileSync(join(folder, name)),
    clear: () => {
      proxy.behave()
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
    },
    run: (words, more = {}) => runCli(words, { cwd: folder, env: { ...env, ...more } }),
    start: (words) => startCli(words, { cwd: folder, env }),
    restart: async () => {
      await server.end('SIGKILL')
      server = await begin(server.folder)
    },
    jobs: async () => {
      const { jobs } = (await (await api.get('jobs?type=users_export&take=100')).json()) as {
        jobs: { id: string }[]
      }
      return jobs.map(({ id }) => id)
    },
    stop: async () => {
      await proxy.stop()
      await discard(server)
      await database?.stop()
      if (existsSync(folder)) rmSync(folder, { recursive: true })
    },
  }
}

// Random texts hardly shrink, so the file is cut many times.
async function fill(api: Api, url: string): Promise<void> {
  const lines = Array.from({ length: USERS }, (_, index) =>
    JSON.stringify({
      user_id: `user${index}`,
      email: `user${index}@cli.example`,
      name: `"${index}"\nsecond line`,
      user_metadata: { random: randomBytes(240).toString('base64') },
    }),
  )
  const response = await fetch(
    `${url}/api/v2/jobs/users-imports?connection_id=${await firstConnectionId(api)}`,
    {
      method: 'POST',
      headers: { ...api.headers, 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    },
  )
  const { id } = (await response.json()) as { id: string }
  await api.job(id, 'completed')
}

/** The words of an export whose file is large enough to be cut. */
export const LARGE = ['export', '--format', 'json', '--field', 'user_id', '--field', 'user_metadata'] as const

/** A completed export of `LARGE`. */
export async function anExport(api: Api): Promise<string> {
  const { id } = await api.export({
    format: 'json',
    fields: [{ name: 'user_id' }, { name: 'user_metadata' }],
  })
  return String(id)
}

/** The users of an unpacked NDJSON file of `LARGE`. Throws if a line is not whole. */
export function usersIn(file: Buffer): number {
  const ids = file
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { user_id: string }).user_id)
  return new Set(ids).size
}

export function usersInGzip(file: Buffer): number {
  return usersIn(gunzipSync(file))
}

export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
