import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { startSilentProxy } from '../fixtures/silent-proxy.ts'
import { apiOf, discard, emptyOn, HAS_POSTGRES, heldFetch, type Server, startServer } from './harness.ts'
import { newFolder } from './start-process.ts'

let server: Server | undefined
afterEach(() => discard(server))

async function clientOf(url: string | undefined): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url ?? '' })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

// MUSTER_REQUEST_CONNECTIONS, where nothing else is set.
const REQUEST_CONNECTIONS = 8

async function waitingFor(client: pg.Client): Promise<number> {
  const found = await client.query(
    `select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock'`,
  )
  return (found.rows as { waiting: number }[])[0]?.waiting ?? 0
}

test.runIf(HAS_POSTGRES)(
  'P20 the health check answers while requests wait for a locked table, and those requests get 503 in time',
  async () => {
    const { databaseUrl = '' } = await emptyOn('postgres')
    server = await startServer({ databaseUrl, env: { MUSTER_LOCK_SECONDS: '5' } })
    const api = await apiOf(server)
    const holder = await clientOf(databaseUrl)
    await holder.query('begin; lock table muster.users')
    let answered = 0
    const waiting = Array.from({ length: 10 }, async () => {
      const answer = await api.get('users')
      answered++
      return answer
    })
    // Another session: in a transaction what is seen of the others stays as it was.
    const watcher = await clientOf(databaseUrl)
    // Every connection for requests waits for the lock.
    await expect
      .poll(() => waitingFor(watcher), { timeout: 4_000 })
      .toBeGreaterThanOrEqual(REQUEST_CONNECTIONS)
    const health = await heldFetch(`${server.url}/health`)
    expect(health.status).toBe(200)
    expect(answered).toBe(0)
    const answers = await Promise.all(waiting)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    await holder.query('rollback')
    expect((await api.get('users')).status).toBe(200)
  },
)

test.runIf(HAS_POSTGRES)(
  'P20 a server whose database connections fall silent recovers, and ends well on SIGTERM',
  async () => {
    const { databaseUrl = '' } = await emptyOn('postgres')
    const proxy = await startSilentProxy(databaseUrl)
    onTestFinished(proxy.stop)
    server = await startServer({ databaseUrl: proxy.url, env: { MUSTER_STATEMENT_SECONDS: '1' } })
    const api = await apiOf(server)
    await Promise.all(Array.from({ length: 8 }, () => api.get('users')))
    proxy.silence()
    const [first, health] = await Promise.all([api.get('users'), heldFetch(`${server.url}/health`)])
    expect([200, 503]).toContain(first.status)
    expect([200, 503]).toContain(health.status)
    expect((await api.get('users')).status).toBe(200)
    const job = await api.export({ format: 'json' })
    expect(job['status']).toBe('completed')
    const live = await heldFetch(`${server.url}/health/live`)
    expect(live.status).toBe(200)
    expect((await server.end('SIGTERM')).code).toBe(0)
  },
)

test('P7 a users file that a killed process left without a job is removed at the next start', async () => {
  const folder = newFolder()
  const left = join(folder, 'objects', 'finished', 'jobs', 'job_0123456789abcdef', 'import')
  mkdirSync(left, { recursive: true })
  writeFileSync(join(left, 'users'), '{"password_hash":"a"}')
  server = await startServer({ folder })
  // The first sweep begins with the start, which does not wait for the sweep.
  await expect
    .poll(() => readdirSync(join(folder, 'objects', 'finished', 'jobs')), { timeout: 10_000 })
    .toEqual([])
})
