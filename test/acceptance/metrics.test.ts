import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage, request } from 'node:http'
import pg from 'pg'
import { afterEach, expect, inject, test } from 'vitest'
import { parsePrometheus, type Samples } from '../fixtures/prometheus-text.ts'
import { startGroup } from './group.ts'
import {
  type Api,
  apiOf,
  discard,
  ENGINES,
  emptyOn,
  firstConnectionId,
  HAS_POSTGRES,
  heldFetch,
  type Server,
  startServer,
} from './harness.ts'

let server: Server | undefined
afterEach(() => discard(server))

const ON = { MUSTER_METRICS_PORT: '0' }

function metricsUrl(process: Pick<Server, 'output'> | undefined = server): string {
  const [, url = ''] = /"url":"([^"]+)","msg":"metrics are served"/.exec(process?.output() ?? '') ?? []
  return url
}

async function scrape(process?: Pick<Server, 'output'>): Promise<Samples> {
  const answer = await fetch(`${metricsUrl(process)}/metrics`)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return parsePrometheus(await answer.text())
}

/** The series of Muster itself whose value does not depend on time, and is not 0. */
async function counted(): Promise<Record<string, number>> {
  const shown = [...(await scrape())].filter(
    ([key, value]) =>
      /^muster_(?!pool|event_loop|info|job_phase_seconds_(sum|bucket)|queue)/.test(key) && value !== 0,
  )
  return Object.fromEntries(shown.sort())
}

async function importThree(api: Api): Promise<string> {
  const users = [{ email: 'ada@example.com' }, { email: 'alan@example.com' }, { email: 'no address' }]
  const { id } = (await (await api.import(await firstConnectionId(api), users)).json()) as { id: string }
  await api.job(id, 'completed')
  return JSON.stringify(users)
}

test.each(ENGINES)(
  'P31 metrics on %s count an import, an export, a download and a refusal, to the unit',
  async (engine) => {
    server = await startServer({ ...(await emptyOn(engine)), env: ON })
    expect(await counted()).toEqual({})
    const api = await apiOf(server)
    const imported = await importThree(api)
    const job = await api.export({ format: 'csv' })
    const file = Buffer.from(await (await heldFetch(String(job['location']))).arrayBuffer())
    await heldFetch(`${server.url}/api/v2/users`)
    const phases = Object.fromEntries(
      ['users_import', 'users_export'].flatMap((type) =>
        ['waiting', 'opening', 'running', 'settling'].map((phase) => [
          `muster_job_phase_seconds_count{phase="${phase}",type="${type}"}`,
          1,
        ]),
      ),
    )
    const expected = {
      ...phases,
      'muster_downloads_total{event="begun"}': 1,
      'muster_downloads_total{event="ended"}': 1,
      'muster_failures_total{code="authentication_missing"}': 1,
      'muster_file_bytes_total{type="users_export"}': file.length,
      'muster_file_bytes_total{type="users_import"}': imported.length,
      'muster_job_runs_total{end="completed",type="users_export"}': 1,
      'muster_job_runs_total{end="completed",type="users_import"}': 1,
      'muster_jobs{status="completed",type="users_export"}': 1,
      'muster_jobs{status="completed",type="users_import"}': 1,
      'muster_users_total{done="exported"}': 2,
      'muster_users_total{done="inserted"}': 2,
      'muster_users_total{done="refused"}': 1,
    }
    await expect.poll(counted).toEqual(expected)
    // Each thread says once a second what its pools have.
    const used = 'muster_pool_connections{pool="requests",state="used"}'
    await expect.poll(async () => (await scrape()).has(used)).toBe(true)
    const text = await (await fetch(`${metricsUrl()}/metrics`)).text()
    expect(text).not.toMatch(/example\.com|acceptance|job_[A-Za-z0-9]{16}|con_/)
  },
)

test('P31 a download that its client cuts is counted as cut', async () => {
  server = await startServer({ env: ON })
  const api = await apiOf(server)
  const lines = Array.from({ length: 2000 }, (_, at) =>
    JSON.stringify({
      email: `u${at}@example.com`,
      user_metadata: { note: randomBytes(9000).toString('base64') },
    }),
  )
  const connectionId = await firstConnectionId(api)
  const sent = await heldFetch(`${server.url}/api/v2/jobs/users-imports?connection_id=${connectionId}`, {
    method: 'POST',
    headers: { ...api.headers, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })
  await api.job(((await sent.json()) as { id: string }).id, 'completed')
  // The file is too large for the buffers of the two sockets, so the server is not done when the client goes.
  const { location } = await api.export({ format: 'json', fields: [{ name: 'user_metadata.note' }] })
  const [answer] = (await once(get(String(location)), 'response')) as [IncomingMessage]
  answer.destroy()
  const downloads = async () =>
    Object.fromEntries([...(await scrape())].filter(([key]) => key.startsWith('muster_downloads')))
  await expect.poll(downloads).toEqual({
    'muster_downloads_total{event="begun"}': 1,
    'muster_downloads_total{event="cut"}': 1,
    'muster_downloads_total{event="ended"}': 0,
  })
})

test.runIf(HAS_POSTGRES)(
  'P31 metrics are served while the table of jobs is locked, without its figures, and count the failures of the database',
  async () => {
    const { databaseUrl = '' } = await emptyOn('postgres')
    server = await startServer({
      databaseUrl,
      env: { ...ON, MUSTER_LOCK_SECONDS: '1', MUSTER_HEALTH_SECONDS: '1' },
    })
    const api = await apiOf(server)
    expect((await scrape()).get('muster_jobs{status="pending",type="users_export"}')).toBe(0)
    const holder = new pg.Client({ connectionString: databaseUrl })
    await holder.connect()
    await holder.query('begin; lock table muster.jobs, muster.users')
    expect((await api.get('users')).status).toBe(503)
    const shown = await scrape()
    expect(shown.has('muster_jobs{status="pending",type="users_export"}')).toBe(false)
    expect(shown.get('muster_failures_total{code="database_unavailable"}')).toBeGreaterThanOrEqual(1)
    await holder.end()
    await expect
      .poll(async () => (await scrape()).get('muster_jobs{status="pending",type="users_export"}'))
      .toBe(0)
  },
)

test('P31 the port for metrics answers health checks, also during a stop, and nothing else', async () => {
  server = await startServer({ env: ON })
  const url = metricsUrl()
  const status = async (path: string, init: RequestInit = {}) => (await fetch(`${url}${path}`, init)).status
  expect(await status('/health/live')).toBe(200)
  expect(await status('/health/ready')).toBe(200)
  expect(await status('/api/v2/users')).toBe(404)
  expect(await status('/metrics', { method: 'POST' })).toBe(404)
  expect((await heldFetch(`${server.url}/metrics`)).status).toBe(404)
  // A request that has begun keeps the process up.
  const api = await apiOf(server)
  const held = request(
    `${server.url}/api/v2/jobs/users-imports?connection_id=${await firstConnectionId(api)}`,
    {
      method: 'POST',
      headers: { ...api.headers, 'content-type': 'application/x-ndjson', expect: '100-continue' },
    },
  )
  held.on('error', () => undefined)
  held.flushHeaders()
  await once(held, 'continue')
  const ended = server.end('SIGTERM')
  await expect.poll(() => status('/health/ready')).toBe(503)
  expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ errorCode: 'stopping' })
  expect(await status('/health/live')).toBe(200)
  held.destroy()
  expect((await ended).code).toBe(0)
})

test('P31 prom-client is loaded only if there is a port for metrics', async () => {
  const hook = `import { createRequire } from 'node:module'
    import { isMainThread } from 'node:worker_threads'
    const { cache } = createRequire(import.meta.url.startsWith('data:') ? process.cwd() + '/' : import.meta.url)
    if (isMainThread) process.on('exit', () => console.log('loaded:', Object.keys(cache).filter((name) => name.includes('prom-client')).length))`
  const loaded = async (env: Record<string, string>): Promise<number> => {
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`
    server = await startServer({ env: { ...env, NODE_OPTIONS } })
    await server.end('SIGTERM')
    const [, count] = /loaded: (\d+)/.exec(server.output()) ?? []
    await discard(server)
    return Number(count)
  }
  expect(await loaded({})).toBe(0)
  expect(await loaded(ON)).toBeGreaterThan(0)
})

test.skipIf('missing' in inject('s3') || !HAS_POSTGRES)(
  'P31 metrics of a worker process count its runs, and each process has those of all jobs and is ready',
  async () => {
    const group = await startGroup({ apis: 1, workers: 1 }, { env: ON })
    server = group
    await importThree(await apiOf(group))
    const [api, worker] = [...group.apis, ...group.workers]
    const runs = 'muster_job_runs_total{end="completed",type="users_import"}'
    const jobs = 'muster_jobs{status="completed",type="users_import"}'
    await expect.poll(async () => (await scrape(worker)).get(runs)).toBe(1)
    expect((await scrape(api)).get(runs)).toBe(0)
    for (const process of [api, worker]) {
      expect((await scrape(process)).get(jobs)).toBe(1)
      expect((await fetch(`${metricsUrl(process)}/health/ready`)).status).toBe(200)
    }
    await expect.poll(async () => (await scrape(worker)).has('muster_pool_waiting{pool="ledger"}')).toBe(true)
  },
)
