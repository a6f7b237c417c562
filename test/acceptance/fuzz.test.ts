import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { exportRequest, query, type UsersFile, usersFile } from './fuzz-inputs.ts'
import {
  type Api,
  apiOf,
  discard,
  ENGINES,
  emptyOn,
  firstConnectionId,
  heldFetch,
  type Server,
  startServer,
} from './harness.ts'

// MUSTER_PROPERTY_SECONDS=1200 tries each for twenty minutes; MUSTER_FUZZ_SEED begins with the inputs of another run.
const SECONDS = Number(process.env['MUSTER_PROPERTY_SECONDS'] ?? 0)
// The short form tries the same inputs each time, so that a change is judged by what it changed.
const SEED = Number(process.env['MUSTER_FUZZ_SEED'] ?? (SECONDS === 0 ? 1 : Math.floor(Math.random() * 1e9)))
const INPUTS = 60
const TEST_MS_MAX = (SECONDS + 180) * 1000
/** What a server may keep of memory for all that it was sent. */
const GROWTH_MIB_MAX = 150

let server: Server | undefined
afterEach(() => discard(server))

interface Fuzzed {
  readonly api: Api
  readonly url: string
  readonly connectionId: string
}

async function startOn(engine: 'embedded' | 'postgres'): Promise<Fuzzed> {
  server = await startServer({
    ...(await emptyOn(engine)),
    env: { MUSTER_RETRY_PAUSES: '0', MUSTER_LOG_LEVEL: 'error' },
  })
  const api = await apiOf(server)
  return { api, url: server.url, connectionId: await firstConnectionId(api) }
}

/** Tries inputs, each named by its own seed, for the time or the number; says how many. */
async function tryInputs<T>(
  name: string,
  inputs: fc.Arbitrary<T>,
  attempt: (input: T) => Promise<void>,
): Promise<void> {
  const until = performance.now() + SECONDS * 1000
  let tried = 0
  for (; tried < INPUTS || performance.now() < until; tried++) {
    const seed = SEED + tried
    const [input] = fc.sample(inputs, { seed, numRuns: 1 })
    try {
      await attempt(input as T)
    } catch (error) {
      const said = server?.output().split('\n').slice(1).join('\n') ?? ''
      throw new Error(`${name}: MUSTER_FUZZ_SEED=${seed} ${String(error)}\n${said.slice(-2000)}`, {
        cause: error,
      })
    }
  }
  if (SECONDS > 0)
    process.stderr.write(`${name}: ${tried} inputs from seed ${SEED}, resident ${memoryMib()} MiB\n`)
}

function memoryMib(): number {
  const status = readFileSync(`/proc/${server?.child.pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s*(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}

async function sent({ url, api, connectionId }: Fuzzed, file: UsersFile): Promise<Response> {
  const target = `${url}/api/v2/jobs/users-imports`
  if (file.way === 'stream') {
    const parameters = new URLSearchParams({ ...file.parameters, connection_id: connectionId })
    const headers = { ...api.headers, 'content-type': file.type }
    return heldFetch(`${target}?${parameters}`, {
      method: 'POST',
      headers,
      body: new Blob([new Uint8Array(file.bytes)]),
    })
  }
  const form = new FormData()
  form.set('users', new Blob([new Uint8Array(file.bytes)]), 'users.json')
  form.set('connection_id', connectionId)
  for (const [name, part] of Object.entries(file.parameters)) form.set(name, part)
  return heldFetch(target, { method: 'POST', headers: api.headers, body: form })
}

async function totalOf(api: Api, q?: string): Promise<number | undefined> {
  const search = q === undefined ? '' : `&q=${encodeURIComponent(q)}`
  const answer = await api.get(`users?per_page=1&include_totals=true${search}`)
  if (answer.status === 400) return undefined
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { total: number }).total
}

async function linesOf(job: Record<string, unknown>): Promise<string[]> {
  const file = Buffer.from(await (await heldFetch(String(job['location']))).arrayBuffer())
  return gunzipSync(file).toString().split('\n').slice(0, -1)
}

/** A job that ended as documented: for any input, a failure is the input's fault and not ours. */
async function endOf(api: Api, answer: Response): Promise<Record<string, unknown> | undefined> {
  const body = (await answer.json()) as { id: string }
  if (answer.status >= 400 && answer.status < 500) return undefined
  expect(answer.status, JSON.stringify(body)).toBeLessThan(400)
  const job = await api.job(body.id, 'completed', 'failed')
  expect(String(job['status_details'])).not.toMatch(/internal|try again|unavailable/i)
  return job
}

describe.each(ENGINES)('a server on %s with random input', (engine) => {
  test(
    'a random users file causes no 500, loses no counted user, and leaves no file behind',
    async () => {
      const fuzzed = await startOn(engine)
      const { api } = fuzzed
      let expected = 0
      let idle = 0
      await tryInputs('users files', usersFile, async (file) => {
        const job = await endOf(api, await sent(fuzzed, file))
        const summary = (job?.['summary'] ?? {}) as Record<string, number>
        const { inserted = 0, updated = 0, failed = 0, total = 0 } = summary
        expect(inserted + updated + failed).toBe(total)
        if (job?.['dry_run'] !== true) expected += inserted
        expect(await totalOf(api)).toBe(expected)
        idle ||= memoryMib()
        if (job !== undefined)
          expect((await api.get(`jobs/${String(job['id'])}/errors`)).status).toBeLessThan(300)
      })
      const exported = await linesOf(await api.export({ format: 'json', fields: WHOLE }))
      expect(exported).toHaveLength(expected)
      for (const line of exported.slice(-200)) {
        const { user_id: id, ...user } = JSON.parse(line) as Record<string, unknown>
        const shown = await api.get(`users/${encodeURIComponent(String(id))}`)
        expect(await shown.json()).toMatchObject(JSON.parse(JSON.stringify(user)))
      }
      const left = readdirSync(join(server?.folder ?? '', 'objects'), { recursive: true }).filter((name) =>
        /users$/.test(String(name)),
      )
      expect(left).toEqual([])
      expect(memoryMib() - idle).toBeLessThan(GROWTH_MIB_MAX + expected / 100)
    },
    TEST_MS_MAX,
  )

  test(
    'a random query is answered or refused, and an export finds as many users as the search',
    async () => {
      const fuzzed = await startOn(engine)
      const { api } = fuzzed
      for (const seed of [1, 2, 3, 4, 5])
        await endOf(api, await sent(fuzzed, { ...firstStream(seed), parameters: {} }))
      const idle = memoryMib()
      await tryInputs('queries', query, async (q) => {
        const found = await totalOf(api, q)
        const job = await endOf(
          api,
          await api.post('jobs/users-exports', { format: 'json', fields: [{ name: 'user_id' }], q }),
        )
        expect(job === undefined).toBe(found === undefined)
        if (job !== undefined) expect(await linesOf(job)).toHaveLength(found ?? -1)
      })
      expect(memoryMib() - idle).toBeLessThan(GROWTH_MIB_MAX)
    },
    TEST_MS_MAX,
  )

  test(
    'a random export request is refused or gives a whole file',
    async () => {
      const fuzzed = await startOn(engine)
      const { api } = fuzzed
      for (const seed of [1, 2, 3, 4, 5])
        await endOf(api, await sent(fuzzed, { ...firstStream(seed), parameters: {} }))
      const users = (await totalOf(api)) ?? 0
      const idle = memoryMib()
      await tryInputs('export requests', exportRequest, async (body) => {
        const headers = { ...api.headers, 'content-type': 'application/json' }
        const answer = await heldFetch(`${fuzzed.url}/api/v2/jobs/users-exports`, {
          method: 'POST',
          headers,
          body,
        })
        const job = await endOf(api, answer)
        if (job === undefined) return
        expect(job['status'], JSON.stringify(job)).toBe('completed')
        const { limit, q } = job as { limit?: number; q?: string }
        const lines = await linesOf(job)
        if (job['format'] === 'json' && q === undefined)
          expect(lines).toHaveLength(Math.min(users, limit ?? users))
      })
      expect(memoryMib() - idle).toBeLessThan(GROWTH_MIB_MAX)
    },
    TEST_MS_MAX,
  )
})

const WHOLE = [
  { name: 'user_id' },
  { name: 'email' },
  { name: 'name' },
  { name: 'user_metadata' },
  { name: 'app_metadata' },
]

function firstStream(seed: number): UsersFile {
  const isWhole = (file: UsersFile): boolean =>
    file.way === 'stream' && file.type === 'application/x-ndjson' && file.bytes.length > 500
  const found = fc.sample(usersFile, { seed, numRuns: 200 }).find(isWhole)
  if (found === undefined) throw new Error('no file of these seeds is long enough')
  return found
}
