import { createHash } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'
import { keysBelow } from '../fixtures/s3-keys.ts'
import type { S3Server } from '../fixtures/s3-server.ts'
import {
  type Api,
  apiOf,
  discard,
  firstConnectionId,
  HAS_POSTGRES,
  heldFetch,
  importMany,
  type Server,
  startServer,
} from './harness.ts'
import { newFolder, type StartOptions } from './start-process.ts'

const store = inject('s3')
const PREFIX = 'acceptance/files/'

describe.skipIf('missing' in store || !HAS_POSTGRES)('files in a bucket', () => {
  const s3 = store as Omit<S3Server, 'stop'>
  const fromDisk = new Map<string, Buffer>()
  const started: Server[] = []
  let databaseUrl: string
  let dropDatabase: () => Promise<void>
  let server: Server
  let api: Api

  const start = async (options: StartOptions = {}): Promise<Server> => {
    const one = await startServer({ databaseUrl, ...options })
    started.push(one)
    return one
  }
  const onS3 = (env: Record<string, string> = {}): StartOptions => ({
    folder: newFolder(),
    args: ['--objects', `s3://${s3.bucket}/${PREFIX}`],
    env: {
      MUSTER_S3_ENDPOINT: s3.endpoint,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      ...env,
    },
  })

  beforeAll(async () => {
    const postgres = inject('postgres')
    if (!('url' in postgres)) throw new Error('this run has no PostgreSQL')
    ;({ url: databaseUrl, stop: dropDatabase } = await newPostgresDatabase(postgres.url))
    const disk = await start()
    const onDisk = await apiOf(disk)
    const users = Array.from({ length: 1500 }, (_, n) => ({ user_id: String(n), email: `u${n}@example.com` }))
    await importMany(onDisk, await firstConnectionId(onDisk), users)
    for (const format of ['csv', 'json']) fromDisk.set(format, await fileOf(await onDisk.export({ format })))
    await disk.end('SIGTERM')
    server = await start(onS3())
    api = await apiOf(server)
  })
  afterAll(async () => {
    for (const one of started) await discard(one)
    await dropDatabase()
  })

  const keys = (): Promise<readonly string[]> => keysBelow(s3, PREFIX)

  test.each(['csv', 'json'])('P21 a file in %s is the same to the byte as from the disk', async (format) => {
    const job = await api.export({ format })
    expect(String(job['location'])).toMatch(new RegExp(`^${server.url}/downloads/jobs/`))
    expect(digestOf(await fileOf(job))).toBe(digestOf(fromDisk.get(format)))
    expect(await keys()).toContainEqual(expect.stringContaining(`jobs/${String(job['id'])}/`))
  })

  test('P21 a part of a file is loaded through Muster, and another process serves the whole file', async () => {
    const whole = fromDisk.get('csv')
    const job = await api.export({ format: 'csv' })
    const part = await heldFetch(String(job['location']), { headers: { range: 'bytes=10-1009' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-1009/${whole?.length}`])
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole?.subarray(10, 1010))
    const other = await start(onS3())
    const seen = await (await apiOf(other)).job(String(job['id']), 'completed')
    expect(String(seen['location'])).toContain(other.url)
    expect(await fileOf(seen)).toEqual(whole)
  })

  test('P21 the location is a URL of the store with MUSTER_DOWNLOADS=direct, and the store serves the file and parts of the file', async () => {
    const direct = await apiOf(await start(onS3({ MUSTER_DOWNLOADS: 'direct' })))
    const job = await direct.export({ format: 'json' })
    const location = String(job['location'])
    expect(location.startsWith(`${s3.endpoint}/${s3.bucket}/${PREFIX}jobs/${String(job['id'])}/`)).toBe(true)
    expect(new URL(location).searchParams.get('X-Amz-Expires')).toBe('60')
    // Not the fetch of the other tests: the store's answers are not in Muster's document.
    const whole = await fetch(location)
    expect([...whole.headers]).toEqual(
      expect.arrayContaining([
        ['content-type', 'application/gzip'],
        ['content-disposition', expect.stringMatching(/^attachment; filename=".*\.json\.gz"$/)],
        ['cache-control', 'no-store'],
      ]),
    )
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(fromDisk.get('json'))
    const part = await fetch(location, { headers: { range: 'bytes=-7' } })
    expect(part.status).toBe(206)
    expect(Buffer.from(await part.arrayBuffer())).toEqual(fromDisk.get('json')?.subarray(-7))
    expect((await fetch(location.replace('.json.gz', '.csv.gz'))).status).toBe(403)
  })

  test('a users file goes through the bucket, and is gone when its import has ended', async () => {
    const before = await keys()
    const users = [{ email: 'new@example.com' }]
    const posted = await api.import(await firstConnectionId(api), users)
    const { id } = (await posted.json()) as { id: string }
    const job = await api.job(id, 'completed', 'failed')
    expect(job['summary']).toMatchObject({ inserted: 1, failed: 0 })
    await expect.poll(keys).toEqual(before)
  })

  test('P7 the file of a job is gone from the bucket when the job has expired', async () => {
    expect(await keys()).not.toEqual([])
    const database = new pg.Client(databaseUrl)
    await database.connect()
    await database.query(`update muster.jobs set created_at = created_at - interval '25 hours'`)
    await database.end()
    // Each start begins with a sweep.
    await start(onS3())
    await expect.poll(keys, { timeout: 30_000 }).toEqual([])
  })

  test('/health asks the bucket, and a start without one says what is wrong', async () => {
    expect((await heldFetch(`${server.url}/health`)).status).toBe(200)
    const bucketless = startServer({ ...onS3(), args: ['--objects', `s3://no-such-bucket/${PREFIX}`] })
    await expect(bucketless).rejects.toThrow(/object_store_unavailable: The bucket does not exist\./)
    const other = { ...onS3({ AWS_SECRET_ACCESS_KEY: 'another-secret' }) }
    await expect(start(other)).rejects.toThrow(
      /object_store_unavailable: The S3 store refuses the credentials\./,
    )
    const elsewhere = onS3({ MUSTER_S3_ENDPOINT: 'http://127.0.0.1:9' })
    await expect(start(elsewhere)).rejects.toThrow(
      /object_store_unavailable: The S3 store cannot be reached\./,
    )
  })

  test('a process with files elsewhere is refused on the same database', async () => {
    await expect(start()).rejects.toThrow(/database_in_use: .*s3:\/\/muster-test\/acceptance\/files\//)
  })

  test('P9 no credentials and no warning of the SDK are in what a server says', () => {
    for (const one of started) {
      expect(one.output()).not.toContain(s3.secretAccessKey)
      expect(one.output()).not.toContain('NodeVersionSupportWarning')
    }
  })
})

async function fileOf(job: Record<string, unknown>): Promise<Buffer> {
  const response = await heldFetch(String(job['location']))
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

function digestOf(content: Buffer | undefined): string {
  return createHash('sha256')
    .update(content ?? '')
    .digest('hex')
}
