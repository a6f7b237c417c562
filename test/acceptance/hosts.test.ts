import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Host, missingForHosts, type Network, startNetwork } from '../fixtures/hosts.ts'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'
import { keysBelow } from '../fixtures/s3-keys.ts'
import { type Fate, proxyTo, type S3Proxy } from '../fixtures/s3-proxy.ts'
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

const missing =
  missingForHosts() ?? (existsSync(FAKETIME) ? undefined : 'no libfaketime (Debian package faketime)')
if (missing !== undefined) process.stderr.write(`NO TEST RUNS ON SEVERAL HOSTS: ${missing}\n`)

describe.skipIf(missing !== undefined || !HAS_POSTGRES || 'missing' in inject('s3'))('several hosts', () => {
  const started: Process[] = []
  const ends: (() => unknown)[] = []
  let network: Network
  let store: S3Proxy
  let fate: Fate = 'pass'
  let client: PatientClient
  let startWorker: (host: Host, env?: Record<string, string>) => Promise<Process>
  let whole: string

  beforeAll(async () => {
    const [postgres, s3] = [inject('postgres'), inject('s3')]
    if (!('url' in postgres) || 'missing' in s3) throw new Error('this run has no PostgreSQL or no S3 store')
    const { url, stop } = await newPostgresDatabase(postgres.url)
    ends.push(stop)
    network = startNetwork(4)
    ends.push(() => network.stop())
    const { address } = network
    store = await proxyTo(s3.endpoint, () => fate, address)
    ends.push(() => store.stop())
    const databaseUrl = new URL(url)
    const way = await wayTo(Number(databaseUrl.port), address)
    ends.push(way.stop)
    databaseUrl.host = `${address}:${way.port}`
    const [first, second] = network.hosts
    const env = {
      MUSTER_OBJECTS: `s3://${s3.bucket}/${PREFIX}`,
      MUSTER_S3_ENDPOINT: store.endpoint,
      MUSTER_PUBLIC_URL: `http://${first?.address}:3000`,
      MUSTER_RATE_LIMIT: 'off',
      MUSTER_RETRY_PAUSES: '0,1,1,1,1,1,1,1,1,1',
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    }
    const start = async (words: string[], { within }: Host, more = {}): Promise<Process> => {
      const options = { databaseUrl: databaseUrl.href, env: { ...env, ...more }, within }
      const process = await startProcess(words, options)
      started.push(process)
      return process
    }
    startWorker = (host, more) => start(['worker'], host, more)
    for (const host of [first, second] as Host[])
      await start(['serve', '--no-jobs', '--host', host.address], host)
    client = await newPatientClient([first, second].map((host) => `http://${host?.address}:3000`))
  })
  afterAll(async () => {
    for (const process of started) await process.end('SIGKILL')
    for (const end of ends.reverse()) await end()
  })

  const requested = async (): Promise<string> => {
    const body = { format: 'json', fields: [{ name: 'email' }, { name: 'user_metadata.noise' }] }
    const { id } = (await client.until('POST', '/api/v2/jobs/users-exports', json(body))).body as {
      id: string
    }
    return id
  }
  const jobOf = async (id: string): Promise<Job> =>
    (await client.until('GET', `/api/v2/jobs/${id}`)).body as Job
  const endsIn = (worker: Process, id: string): readonly string[] =>
    worker
      .output()
      .split('\n')
      .filter((line) => line.includes(id) && line.includes('"msg":"job"'))
      .map((line) => (JSON.parse(line) as { end: string }).end)
  const filesOf = async (id: string): Promise<readonly string[]> => {
    const s3 = inject('s3')
    if ('missing' in s3) return []
    return (await keysBelow(s3, PREFIX)).filter((name) => name.includes(id))
  }

  test('P5 P26 an export whose worker is cut off half way is completed by another worker, and the first leaves no file', async () => {
    const [, , near, far] = network.hosts as [Host, Host, Host, Host]
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
    // The cut is to come while the file is being stored.
    fate = { afterMs: 2000 }
    const id = await requested()
    await expect.poll(async () => (await jobOf(id))['status'], { timeout: 10_000 }).toBe('processing')
    near.cut()
    fate = 'pass'
    const cutAt = performance.now()
    // Its clock must not matter.
    const other = await startWorker(far, FIVE_MINUTES_AHEAD)
    const job = await endOf(client, id)
    const seconds = (performance.now() - cutAt) / 1000
    expect(job['status']).toBe('completed')
    expect(seconds).toBeLessThan(30)
    expect((await fileOf(client, job)).text === whole).toBe(true)
    expect(endsIn(other, id)).toEqual(['completed'])
    near.plugIn()
    await expect.poll(() => endsIn(doomed, id), { timeout: 60_000 }).toHaveLength(1)
    expect(endsIn(doomed, id)).not.toContain('completed')
    expect(await filesOf(id)).toHaveLength(1)
  })

  test('P5 a worker whose clock is five minutes ahead takes no job from another worker', async () => {
    const [, , near, far] = network.hosts as [Host, Host, Host, Host]
    await startWorker(near)
    await startWorker(far, FIVE_MINUTES_AHEAD)
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
})

/** A way to a port of 127.0.0.1 from the hosts. */
async function wayTo(port: number, host: string): Promise<{ port: number; stop: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
