import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Host, missingForHosts, type Network, startNetwork } from '../fixtures/hosts.ts'
import { startReplicated } from '../fixtures/postgres-server.ts'
import { keysBelow } from '../fixtures/s3-keys.ts'
import { type Fate, proxyTo } from '../fixtures/s3-proxy.ts'
import { missingForS3, type S3Server, startS3Server } from '../fixtures/s3-server.ts'
import { HAS_POSTGRES } from './harness.ts'
import { endOf, fileOf, type Job, json, ndjson } from './killed-world.ts'
import { newPatientClient, type PatientClient } from './patient-client.ts'
import { type Process, startProcess } from './start-process.ts'

const MACHINE = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
const FAKETIME = `/usr/lib/${MACHINE}-linux-gnu/faketime/libfaketime.so.1`
// Without DONT_FAKE_MONOTONIC Node's timers would wait for ever.
const FIVE_MINUTES_AHEAD = { LD_PRELOAD: FAKETIME, FAKETIME: '+5m', DONT_FAKE_MONOTONIC: '1' }
const USERS = 8000
const PREFIX = 'hosts/'

// An export waits this long for a replica that lags.
const REPLICA_SECONDS = 5

const missing =
  missingForHosts() ??
  (existsSync(FAKETIME) ? undefined : 'no libfaketime (Debian package faketime)') ??
  missingForS3()
if (missing !== undefined) process.stderr.write(`NO TEST RUNS ON SEVERAL HOSTS: ${missing}\n`)

describe.skipIf(missing !== undefined || !HAS_POSTGRES)('several hosts', () => {
  const started: Process[] = []
  const ends: (() => unknown)[] = []
  let network: Network
  let store: S3Server
  let primaryClient: pg.Client
  let replica: pg.Client
  let fate: Fate = 'pass'
  let client: PatientClient
  let startWorker: (host: Host, env?: Record<string, string>) => Promise<Process>
  let whole: string

  // Two hosts answer requests, three run jobs; PostgreSQL, its replica and the store have one each.
  const hosts = (): Hosts => network.hosts as Hosts
  beforeAll(async () => {
    network = startNetwork(8)
    ends.push(() => network.stop())
    const [api, otherApi, , , , primary, standby, files] = hosts()
    const [postgres, s3] = await Promise.all([startReplicated({ primary, standby }), startS3Server(files)])
    ends.push(postgres.primary.stop, s3.stop)
    store = s3
    const connected = async (url: string): Promise<pg.Client> => {
      const made = new pg.Client(url)
      made.on('error', () => undefined)
      await made.connect()
      ends.push(() => made.end())
      return made
    }
    primaryClient = await connected(postgres.primary.url)
    replica = await connected(postgres.standby.url)
    const way = await proxyTo(s3.endpoint, () => fate, network.address)
    ends.push(() => way.stop())
    const env = {
      DATABASE_READ_URLS: postgres.standby.url,
      MUSTER_REPLICA_SECONDS: String(REPLICA_SECONDS),
      MUSTER_OBJECTS: `s3://${s3.bucket}/${PREFIX}`,
      MUSTER_S3_ENDPOINT: way.endpoint,
      MUSTER_PUBLIC_URL: `http://${api.address}:3000`,
      MUSTER_RATE_LIMIT: 'off',
      MUSTER_RETRY_PAUSES: '0,1,1,1,1,1,1,1,1,1',
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    }
    const start = async (words: string[], { within }: Host, more = {}): Promise<Process> => {
      const options = { databaseUrl: postgres.primary.url, env: { ...env, ...more }, within }
      const process = await startProcess(words, options)
      started.push(process)
      return process
    }
    startWorker = (host, more) => start(['worker'], host, more)
    for (const host of [api, otherApi]) await start(['serve', '--no-jobs', '--host', host.address], host)
    client = await newPatientClient([api, otherApi].map(({ address }) => `http://${address}:3000`))
  }, 60_000)
  afterAll(async () => {
    for (const process of started) await process.end('SIGKILL')
    for (const end of ends.reverse()) await end()
  }, 60_000)

  const requested = async (): Promise<string> => {
    const body = { format: 'json', fields: [{ name: 'email' }, { name: 'user_metadata.noise' }] }
    const { id } = (await client.until('POST', '/api/v2/jobs/users-exports', json(body))).body as {
      id: string
    }
    return id
  }
  const jobOf = async (id: string): Promise<Job> =>
    (await client.until('GET', `/api/v2/jobs/${id}`)).body as Job
  /** How many workers have claimed the job, one after another. */
  const claimsOf = async (id: string): Promise<number> => {
    const { rows } = await primaryClient.query('select fence::int from muster.jobs where id = $1', [id])
    return (rows as { fence: number }[])[0]?.fence ?? 0
  }
  const endsIn = (worker: Process, id: string): readonly string[] =>
    worker
      .output()
      .split('\n')
      .filter((line) => line.includes(id) && line.includes('"msg":"job"'))
      .map((line) => (JSON.parse(line) as { end: string }).end)
  const filesOf = async (id: string): Promise<readonly string[]> =>
    (await keysBelow(store, PREFIX)).filter((name) => name.includes(id))

  test('P5 P26 an export whose worker is cut off half way is completed by another worker, also if the first comes back before the end', async () => {
    const [, , near, far, third] = hosts()
    const doomed = await startWorker(near)
    const { body } = await client.until('GET', '/api/v2/connections')
    const [{ id: connectionId }] = body as [{ id: string }]
    const users = Array.from({ length: USERS }, (_, n) => ({
      email: `u${n}@example.com`,
      user_metadata: {
        noise: randomBytes(90).toString('base64'),
      },
    }))
    const imported = await client.until(
      'POST',
      `/api/v2/jobs/users-imports?connection_id=${connectionId}`,
      ndjson(users),
    )
    await endOf(client, (imported.body as { id: string }).id)
    const before = await requested()
    whole = (await fileOf(client, await endOf(client, before))).text
    expect(whole.match(/@example\.com/g)).toHaveLength(USERS)
    // The worker is cut off while it waits for the store to say that the file is stored. The answer comes when the
    // worker is back, and another one runs the job: if nothing told the first that it has lost the job, it would end it.
    fate = { afterMs: 18_000 }
    const id = await requested()
    await expect.poll(() => filesOf(id), { timeout: 10_000 }).toHaveLength(1)
    near.cut()
    fate = 'pass'
    const cutAt = performance.now()
    // Its clock must not matter.
    const others = [await startWorker(far, FIVE_MINUTES_AHEAD), await startWorker(third)]
    fate = { afterMs: 5000 }
    await expect.poll(() => claimsOf(id), { timeout: 30_000 }).toBe(2)
    near.plugIn()
    const job = await endOf(client, id)
    const seconds = (performance.now() - cutAt) / 1000
    fate = 'pass'
    expect(job['status']).toBe('completed')
    expect(seconds).toBeLessThan(30)
    expect((await fileOf(client, job)).text === whole).toBe(true)
    expect(others.flatMap((other) => endsIn(other, id))).toEqual(['completed'])
    await expect.poll(() => endsIn(doomed, id), { timeout: 60_000 }).toHaveLength(1)
    // It neither settles the job nor puts it back into the queue.
    expect(['lost', 'broken']).toContain(endsIn(doomed, id)[0])
    expect(await claimsOf(id)).toBe(2)
  })

  test('P5 a worker whose clock is five minutes ahead takes no job from another worker', async () => {
    // All three workers of the test before run.
    fate = { afterMs: 1500 }
    const ids = [await requested(), await requested(), await requested()]
    for (const id of ids) {
      const job = await endOf(client, id)
      expect(job['status']).toBe('completed')
      fate = 'pass'
      expect((await fileOf(client, job)).text === whole).toBe(true)
    }
    for (const id of ids) expect(started.flatMap((worker) => endsIn(worker, id))).toEqual(['completed'])
  })

  test('P19 an export waits for a store that answers 503 and then slowly, and says so', async () => {
    fate = 'refuse'
    const id = await requested()
    await expect
      .poll(async () => String((await jobOf(id))['status_details']), { timeout: 20_000 })
      .toMatch(/store/)
    fate = { afterMs: 500 }
    const job = await endOf(client, id)
    expect(job['status']).toBe('completed')
    expect((await fileOf(client, job)).text === whole).toBe(true)
  })

  // The replica applies a commit only when it is so many seconds old.
  const lag = async (seconds: number): Promise<void> => {
    await replica.query(`alter system set recovery_min_apply_delay = '${seconds}s'`)
    await replica.query('select pg_reload_conf()')
  }
  const exportedWith = async (name: string): Promise<{ text: string; seconds: number }> => {
    const user = { connection: 'Username-Password-Authentication', password: 'Kd83-xbQ7-pw' }
    const made = await client.until('POST', '/api/v2/users', json({ ...user, email: `${name}@lag.example` }))
    expect(made.status).toBe(201)
    const begun = performance.now()
    const job = await endOf(client, await requested())
    const seconds = (performance.now() - begun) / 1000
    return { text: (await fileOf(client, job)).text, seconds }
  }
  const readsPrimary = (): number =>
    started.flatMap(({ output }) => output().match(/an export reads from DATABASE_URL/g) ?? []).length

  test('P1 an export waits for a replica that lags, and reads from the primary and says so if that takes too long', async () => {
    // The worker that was cut off reached no replica.
    const before = readsPrimary()
    await lag(3)
    const waited = await exportedWith('waits')
    expect(waited.text).toContain('waits@lag.example')
    expect(waited.seconds).toBeGreaterThan(2)
    expect(readsPrimary()).toBe(before)
    await lag(3600)
    const given = await exportedWith('gives-up')
    expect(given.text).toContain('gives-up@lag.example')
    expect(given.seconds).toBeGreaterThan(REPLICA_SECONDS - 1)
    expect(readsPrimary()).toBe(before + 1)
  })
})

type Hosts = readonly [Host, Host, Host, Host, Host, Host, Host, Host]
