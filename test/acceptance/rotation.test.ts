import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, inject, test } from 'vitest'
import { type Group, startGroup } from './group.ts'
import {
  type Api,
  apiAt,
  apiOf,
  discard,
  HAS_POSTGRES,
  heldFetch,
  type Server,
  startServer,
} from './harness.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const run = promisify(execFile)

let server: Server | undefined
afterEach(() => discard(server))

interface Proof {
  readonly file: string
  readonly receipt: string
  readonly kid: string
}

const kidOf = (jws: string): string =>
  (JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid

async function exported(api: Api, folder: string): Promise<Proof> {
  const job = await api.export({ format: 'csv' })
  const [file, receipt] = [join(folder, `${job['id']}.gz`), join(folder, `${job['id']}.jws`)]
  await writeFile(file, Buffer.from(await (await heldFetch(String(job['location']))).arrayBuffer()))
  const jws = await (await api.get(`jobs/${job['id']}/receipt`)).text()
  await writeFile(receipt, jws)
  return { file, receipt, kid: kidOf(jws) }
}

async function kidsAt(url: string): Promise<string[]> {
  const { keys } = (await (await heldFetch(`${url}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string }[]
  }
  return keys.map(({ kid }) => kid)
}

async function proves(url: string, { file, receipt }: Proof): Promise<string> {
  return (
    await run(process.execPath, [MAIN, 'verify', file, receipt, '--jwks', `${url}/.well-known/jwks.json`])
  ).stdout
}

const PROVEN = 'The file is the one that the receipt describes.'

test('P32 after muster rotate-keys on the embedded engine, old tokens and receipts stay valid, and new ones have the new key', async () => {
  server = await startServer()
  const before = await apiOf(server)
  const old = await exported(before, server.folder)
  const { url, folder } = server
  await expect(run(process.execPath, [MAIN, 'rotate-keys', '--data-dir', folder])).rejects.toThrow(
    'data_folder_in_use',
  )
  await server.end('SIGTERM')
  const env = { ...process.env, MUSTER_KEYS_SECONDS: '1' }
  const { stdout } = await run(process.execPath, [MAIN, 'rotate-keys', '--data-dir', folder], { env })
  const [, next = ''] = /^The key (\S+) signs from \S+ on/.exec(stdout) ?? []
  server = await startServer({ folder, args: ['--port', new URL(url).port] })
  await expect.poll(() => kidsAt(url), { timeout: 10_000 }).toEqual([next, old.kid])
  expect((await before.get('users')).status).toBe(200)
  expect(await proves(url, old)).toContain(PROVEN)
  const fresh = await exported(await apiOf(server), folder)
  expect(fresh.kid).toBe(next)
  expect(await proves(url, fresh)).toContain(PROVEN)
})

test.skipIf('missing' in inject('s3') || !HAS_POSTGRES)(
  'P32 a rotation reaches two API processes and a worker while they run, and no token is refused',
  async () => {
    const env = { MUSTER_KEYS_SECONDS: '1' }
    const group: Group = await startGroup({ apis: 2, workers: 1 }, { env })
    server = group
    const api = await apiOf(group)
    const old = await exported(api, group.folder)
    const rotation = { env: { ...process.env, ...env, DATABASE_URL: group.databaseUrl } }
    const { stdout } = await run(process.execPath, [MAIN, 'rotate-keys'], rotation)
    const [, next = ''] = /^The key (\S+) signs/.exec(stdout) ?? []
    const urls = group.apis.map(({ url }) => url)
    const apis = urls.map((url) => apiAt(url, api.headers))
    const statuses: number[] = []
    const kids = async (): Promise<string[][]> => {
      for (const one of apis) statuses.push((await one.get('users')).status)
      return Promise.all(urls.map(kidsAt))
    }
    await expect.poll(kids, { timeout: 10_000 }).toEqual([
      [next, old.kid],
      [next, old.kid],
    ])
    expect(new Set(statuses)).toEqual(new Set([200]))
    const fresh = await exported(await apiOf(group), group.folder)
    expect(fresh.kid).toBe(next)
    for (const url of urls) {
      expect(await proves(url, old)).toContain(PROVEN)
      expect(await proves(url, fresh)).toContain(PROVEN)
    }
  },
)
