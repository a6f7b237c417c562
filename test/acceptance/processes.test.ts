import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'
import { type Group, startGroup } from './group.ts'
import { type Api, apiAt, apiOf, discard, firstConnectionId, HAS_POSTGRES, heldFetch } from './harness.ts'
import { CLIENT } from './start-process.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const run = promisify(execFile)
const NEW_CLIENT = /MUSTER_CLIENT_ID=(\S+)\s+MUSTER_CLIENT_SECRET=(\S+)/

type Job = Record<string, unknown>

async function emptyDatabase(): Promise<string> {
  const postgres = inject('postgres')
  if (!('url' in postgres)) throw new Error('this run has no PostgreSQL')
  const { url, stop } = await newPostgresDatabase(postgres.url)
  onTestFinished(stop)
  return url
}

async function rowsOf<Row>(databaseUrl: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return (await client.query(text)).rows as Row[]
  } finally {
    await client.end()
  }
}

/** The lines of a job's file, as this process sends it. */
async function linesAt(url: string | undefined, job: Job): Promise<string[]> {
  const { pathname, search } = new URL(String(job['location']))
  const file = await heldFetch(`${url}${pathname}${search}`)
  const text = gunzipSync(Buffer.from(await file.arrayBuffer())).toString()
  return text.trimEnd().split('\n')
}

async function idIn(response: Response): Promise<string> {
  return ((await response.json()) as { id: string }).id
}

/** Asks this process for a token of the group. */
function tokenAt(url: string | undefined, group: Group, client: typeof CLIENT): Promise<Response> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    audience: `${group.url}/api/v2/`,
    client_id: client.id,
    client_secret: client.secret,
  })
  return heldFetch(`${url}/oauth/token`, { method: 'POST', body })
}

/** How a command ends that cannot begin. */
async function refusal(words: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const ended = run(process.execPath, [MAIN, ...words], { env: { ...process.env, ...env } })
  const error = (await ended.catch((reason: unknown) => reason)) as { code: number; stderr: string }
  expect(error.code).toBe(1)
  return error.stderr
}

describe.skipIf(!HAS_POSTGRES)('muster migrate', () => {
  test('P27 ten processes that migrate an empty database at the same time apply each step once', async () => {
    const databaseUrl = await emptyDatabase()
    const migrate = () =>
      run(process.execPath, [MAIN, 'migrate'], { env: { ...process.env, DATABASE_URL: databaseUrl } })
    const ends = await Promise.all(Array.from({ length: 10 }, migrate))
    expect(ends.filter(({ stderr }) => stderr.includes('the schema was brought up to date'))).toHaveLength(1)
    expect(ends.map(({ stdout }) => stdout)).toEqual(Array(10).fill('The schema is up to date.\n'))
  })

  test('P27 a process that is older than the schema is refused with the names of both', async () => {
    const databaseUrl = await emptyDatabase()
    const env = {
      DATABASE_URL: databaseUrl,
      MUSTER_OBJECTS: 's3://files',
      MUSTER_PUBLIC_URL: 'https://muster.example',
    }
    await run(process.execPath, [MAIN, 'migrate'], { env: { ...process.env, ...env } })
    await rowsOf(databaseUrl, `insert into muster.migrations (name) values ('9999 of the future')`)
    for (const words of [['migrate'], ['worker'], ['serve', '--no-jobs', '--port', '0']])
      expect(await refusal(words, env)).toMatch(/^schema_newer: .*"9999 of the future".* up to "00/)
  })
})

test.each([
  ['muster worker', ['worker']],
  ['muster serve --no-jobs', ['serve', '--no-jobs']],
])(
  'P26 the command %s is refused without settings that other processes can share',
  async (command, words) => {
    const alone = { DATABASE_URL: '', MUSTER_OBJECTS: '', MUSTER_PUBLIC_URL: '' }
    const said = await refusal(words, alone)
    expect(said).toContain(`config_invalid: "${command}" works with other processes`)
    for (const name of ['DATABASE_URL', 'MUSTER_OBJECTS', 'MUSTER_PUBLIC_URL'])
      expect(said).toContain(`  - ${name}: expected`)
  },
)

describe.skipIf('missing' in inject('s3') || !HAS_POSTGRES)('two API processes and two workers', () => {
  let group: Group
  let urls: readonly string[]
  let first: Api
  let second: Api
  let connectionId: string
  beforeAll(async () => {
    group = await startGroup(
      { apis: 2, workers: 2 },
      { env: { MUSTER_CLIENT_ID: '', MUSTER_CLIENT_SECRET: '' } },
    )
    const [, id = '', secret = ''] = NEW_CLIENT.exec(group.output()) ?? []
    // The token of one process.
    const { headers } = await apiOf(group, { id, secret })
    urls = group.apis.map(({ url }) => url)
    const [one = '', two = ''] = urls
    first = apiAt(one, headers)
    second = apiAt(two, headers)
    connectionId = await firstConnectionId(first)
  })
  afterAll(() => discard(group))

  test('P45 the session of one process is a session at the other, and no process prints a sign-in code', async () => {
    const [one, two] = urls
    const token = String(first.headers['authorization']).replace('Bearer ', '')
    const signedIn = await heldFetch(`${one}/console/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: group.url },
      body: JSON.stringify({ token }),
    })
    const cookie = String(signedIn.headers.get('set-cookie')).split(';')[0] ?? ''
    const resumed = await heldFetch(`${two}/console/session`, { headers: { cookie } })
    expect([resumed.status, await resumed.json()]).toEqual([200, await signedIn.json()])
    expect(group.output()).toContain('  Console: ')
    expect(group.output()).not.toContain('sign-in/')
  })

  const streamTo = (api: Api, url: string | undefined, users: readonly object[]): Promise<Response> =>
    heldFetch(`${url}/api/v2/jobs/users-imports?connection_id=${connectionId}`, {
      method: 'POST',
      headers: { ...api.headers, 'content-type': 'application/x-ndjson' },
      body: users.map((user) => `${JSON.stringify(user)}\n`).join(''),
    })

  test('P27 one of four processes that start at once on an empty database makes schema, connection and client', async () => {
    expect(group.output().match(/the schema was brought up to date/g)).toHaveLength(1)
    expect(group.output().match(new RegExp(NEW_CLIENT, 'g'))).toHaveLength(1)
    expect(await (await second.get('connections')).json()).toHaveLength(1)
  })

  test('P26 an import that one process takes and an export that another takes are seen, downloaded and proven at both', async () => {
    const form = await idIn(await first.import(connectionId, [{ email: 'form@example.com' }]))
    expect((await second.job(form, 'completed', 'failed'))['summary']).toMatchObject({ inserted: 1 })
    const stream = await idIn(await streamTo(second, urls[1], [{ email: 'stream@example.com' }]))
    expect((await first.job(stream, 'completed', 'failed'))['summary']).toMatchObject({ inserted: 1 })
    const id = await idIn(
      await first.post('jobs/users-exports', { format: 'csv', fields: [{ name: 'email' }] }),
    )
    const job = await second.job(id, 'completed', 'failed')
    for (const url of urls)
      expect(await linesAt(url, job)).toEqual(['email', `"'form@example.com"`, `"'stream@example.com"`])
    const receipts = [first, second].map(async (api) => (await api.get(`jobs/${id}/receipt`)).text())
    const [one, two] = await Promise.all(receipts)
    expect(one).toBe(two)
    const ids = async (api: Api): Promise<string[]> =>
      ((await (await api.get('jobs')).json()) as { jobs: { id: string }[] }).jobs.map((listed) => listed.id)
    expect(await ids(first)).toEqual([id, stream, form])
    expect(await ids(second)).toEqual([id, stream, form])
  })

  test('P26 a request that is sent to both processes with one key makes one job, and both know when the job is deleted', async () => {
    const send = async (api: Api, url: string | undefined) =>
      idIn(
        await heldFetch(`${url}/api/v2/jobs/users-exports`, {
          method: 'POST',
          headers: { ...api.headers, 'content-type': 'application/json', 'idempotency-key': 'both' },
          body: '{}',
        }),
      )
    const [one, two] = await Promise.all([send(first, urls[0]), send(second, urls[1])])
    expect(one).toBe(two)
    await first.job(String(one), 'completed')
    const path = `/api/v2/jobs/${one}`
    const remove = await heldFetch(`${urls[1]}${path}`, { method: 'DELETE', headers: second.headers })
    expect(remove.status).toBe(204)
    expect((await first.get(`jobs/${one}`)).status).toBe(404)
  })

  test('P26 a client that is deleted at one process gets no token from the other', async () => {
    const made = await first.post('clients', { name: 'Short-lived', app_type: 'non_interactive' })
    const { client_id: id = '', client_secret: secret = '' } = (await made.json()) as Record<string, string>
    const audience = `${group.url}/api/v2/`
    await first.post('client-grants', { client_id: id, audience, scope: ['read:users'] })
    const token = (url: string | undefined): Promise<Response> => tokenAt(url, group, { id, secret })
    expect((await token(urls[1])).status).toBe(200)
    await heldFetch(`${urls[0]}/api/v2/clients/${id}`, { method: 'DELETE', headers: first.headers })
    expect((await token(urls[1])).status).toBe(401)
  })

  test('P24 the query of an export ends well within two seconds after another process deletes the job', async () => {
    const [locker, watcher] = [0, 1].map(() => new pg.Client({ connectionString: group.databaseUrl })) as [
      pg.Client,
      pg.Client,
    ]
    await Promise.all([locker.connect(), watcher.connect()])
    onTestFinished(async () => void (await Promise.all([locker.end(), watcher.end()])))
    await locker.query('begin; lock table muster.users')
    const isWaiting = async (): Promise<boolean> => {
      const { rowCount } = await watcher.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rowCount !== 0
    }
    const seconds: number[] = []
    for (let round = 0; round < 5; round++) {
      const id = await idIn(await first.post('jobs/users-exports', {}))
      await expect.poll(isWaiting, { timeout: 10_000, interval: 5 }).toBe(true)
      const deleted = performance.now()
      const remove = { method: 'DELETE', headers: second.headers }
      expect((await heldFetch(`${urls[1]}/api/v2/jobs/${id}`, remove)).status).toBe(204)
      await expect.poll(isWaiting, { timeout: 10_000, interval: 5 }).toBe(false)
      seconds.push((performance.now() - deleted) / 1000)
    }
    const sorted = seconds.toSorted((one, other) => one - other)
    // The server looks four times a second whether the client of a query is gone. Without the notice, the worker would
    // learn of the deletion only at its next renewal, about a second after its claim.
    expect(sorted[2]).toBeLessThan(0.6)
    expect(sorted[4]).toBeLessThan(2)
  })

  test('P26 P5 an export whose worker is killed half way is finished by another worker within 30 seconds', async () => {
    const users = Array.from({ length: 30_000 }, (_, n) => ({
      email: `u${n}@example.com`,
      user_metadata: { n },
    }))
    await first.job(await idIn(await streamTo(first, urls[0], users)), 'completed')
    // Only the worker that is to be killed can claim the job.
    for (const worker of group.workers) await worker.end('SIGTERM')
    const doomed = await group.addWorker()
    const fields = Array.from({ length: 60 }, (_, n) => ({ name: 'user_metadata.n', export_as: `n${n}` }))
    const id = await idIn(await first.post('jobs/users-exports', { format: 'json', fields }))
    await second.job(id, 'processing')
    const killed = performance.now()
    await doomed.end('SIGKILL')
    expect((await second.job(id, 'processing', 'completed'))['status']).toBe('processing')
    await group.addWorker()
    const job = await second.job(id, 'completed', 'failed')
    expect((performance.now() - killed) / 1000).toBeLessThan(30)
    // Those of the test before, too.
    const all = (await (await first.get('users?per_page=1&include_totals=true')).json()) as { total: number }
    expect(all.total).toBeGreaterThanOrEqual(users.length)
    expect(await linesAt(urls[0], job)).toHaveLength(all.total)
  })

  test('P27 processes go on when a newer version adds a step to the schema', async () => {
    await rowsOf(group.databaseUrl, `insert into muster.migrations (name) values ('9999 of the future')`)
    expect((await first.export({}))['status']).toBe('completed')
    expect((await heldFetch(`${urls[1]}/health/ready`)).status).toBe(200)
    await expect(group.addWorker()).rejects.toThrow('schema_newer')
  })
})

// Run at the start of each thread. Monotonic clocks stay as they are.
const TEN_MINUTES_AHEAD = `const Right = Date
  globalThis.Date = class extends Right {
    constructor(...given) { if (given.length === 0) super(Right.now() + 600_000); else super(...given) }
    static now() { return Right.now() + 600_000 }
  }`

describe.skipIf('missing' in inject('s3') || !HAS_POSTGRES)('a group with wrong clocks', () => {
  let group: Group
  let right: Api
  let ahead: Api
  beforeAll(async () => {
    group = await startGroup({ apis: 1, workers: 1 })
    const { headers } = await apiOf(group)
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TEN_MINUTES_AHEAD)}` }
    await Promise.all([group.addApi(env), group.addWorker(env)])
    const [one = '', two = ''] = group.apis.map(({ url }) => url)
    right = apiAt(one, headers)
    ahead = apiAt(two, headers)
  })
  afterAll(() => discard(group))

  test('P26 P6 links, tokens and timestamps of a process whose clock is ten minutes ahead hold at the others', async () => {
    const [one, two] = group.apis.map(({ url }) => url)
    const id = await idIn(await ahead.post('jobs/users-exports', {}))
    const { created_at: createdAt, ...job } = await right.job(id, 'completed')
    expect(Math.abs(Date.parse(String(createdAt)) - Date.now())).toBeLessThan(60_000)
    expect(await linesAt(two, job)).toHaveLength(1)
    expect(await linesAt(one, await ahead.job(id, 'completed'))).toHaveLength(1)
    const answer = await tokenAt(two, group, CLIENT)
    const { access_token: token } = (await answer.json()) as { access_token: string }
    const headers = { authorization: `Bearer ${token}` }
    for (const url of [one, two])
      expect((await heldFetch(`${url}/api/v2/jobs/${id}`, { headers })).status).toBe(200)
  })

  test('P26 P5 a worker whose clock is ten minutes ahead steals no job from another, and loses none', async () => {
    const locker = new pg.Client({ connectionString: group.databaseUrl })
    await locker.connect()
    onTestFinished(() => locker.end())
    await locker.query('begin; lock table muster.users')
    const id = await idIn(await right.post('jobs/users-exports', {}))
    const lease = async () => {
      const [row] = await rowsOf<{ fence: string; until: Date | null }>(
        group.databaseUrl,
        `select fence, leased_until as until from muster.jobs where id = '${id}'`,
      )
      return { fence: Number(row?.fence), until: row?.until?.getTime() ?? 0 }
    }
    await expect.poll(async () => (await lease()).fence, { timeout: 10_000 }).toBe(1)
    const { until } = await lease()
    // The lease is renewed each second, and each worker looks at the queue each second.
    await expect.poll(async () => (await lease()).until, { timeout: 20_000 }).toBeGreaterThan(until + 4000)
    await locker.query('rollback')
    await right.job(id, 'completed')
    expect((await lease()).fence).toBe(1)
  })
})
