import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { zlibCompressor } from '../../src/compress/zlib-compressor.ts'
import { systemStopwatch } from '../../src/domain/clock.ts'
import { newJobId } from '../../src/domain/ids.ts'
import type { ExportJob, Job } from '../../src/domain/job.ts'
import { jobPrefix, runPrefixOf } from '../../src/domain/object-key.ts'
import { runExport } from '../../src/flow/run-export.ts'
import type { JobStore } from '../../src/jobs/job-store.ts'
import { pgJobStore } from '../../src/jobs/pg-job-store.ts'
import { openDiskObjectStore } from '../../src/objects/disk-object-store.ts'
import type { ObjectStore } from '../../src/objects/object-store.ts'
import { s3ObjectStore } from '../../src/objects/s3-object-store.ts'
import { pgReceiptChain } from '../../src/receipts/pg-receipt-chain.ts'
import { startWorker, type Worker } from '../../src/work/worker.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type Engine, type TestDatabase } from '../fixtures/engines.ts'
import { exportDeps } from '../fixtures/export-harness.ts'
import { addUser, openExportTenant } from '../fixtures/export-tenant.ts'
import {
  type Fault,
  type Faults,
  failingCompressor,
  failingDatabase,
  failingStore,
  newFaults,
} from '../fixtures/faults.ts'
import { keysBelow } from '../fixtures/s3-keys.ts'
import { s3PlaceIn } from '../fixtures/s3-place.ts'
import { type Fate, proxyTo } from '../fixtures/s3-proxy.ts'

// Each call of a part fails in turn, until an export makes no more calls. Then the world is looked at.

const USERS = 5
const RETRY_PAUSES = [1, 1]
const CALLS_MAX = 200

type Part = 'database' | 'store' | 'compressor'

interface End {
  readonly job: Job
  readonly errors: number
}

interface Files {
  readonly store: ObjectStore
  /** What is there beside visible objects. */
  unfinished(): Promise<readonly string[]>
  stop(): Promise<void>
}

async function onDisk(): Promise<Files> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-faults-'))
  return {
    store: await openDiskObjectStore(folder),
    unfinished: () => readdir(join(folder, 'unfinished')),
    stop: () => rm(folder, { recursive: true, force: true }),
  }
}

// Of each request to the bucket, while one export runs.
let fateOf = (_request: number): Fate => 'pass'
let requests = 0

async function inBucket(): Promise<Files> {
  const server = inject('s3')
  if ('missing' in server) throw new Error(server.missing)
  const place = s3PlaceIn(server)
  const way = await proxyTo(server.endpoint, () => fateOf(++requests))
  const store = s3ObjectStore({ ...place, endpoint: way.endpoint })
  const unfinished = async (): Promise<readonly string[]> => {
    // An object and its upload have the same key, and an upload that is completed is gone.
    const keys = await keysBelow(server, place.prefix)
    const isVisible = await Promise.all(keys.map(async (key) => (await store.open(key)) !== undefined))
    return keys.filter((_key, at) => isVisible[at] === false)
  }
  return { store, unfinished, stop: way.stop }
}

const [disk, bucket] = [
  { name: 'the disk', open: onDisk },
  { name: 'a bucket', open: inBucket },
]
const ON_DISK = ENGINES.map((engine) => ({ engine, name: engine.name, files: disk }))
const IN_BUCKET = ENGINES.filter(({ name }) => name === 'postgres' && !('missing' in inject('s3'))).map(
  (engine) => ({ engine, name: engine.name, files: bucket }),
)

describe.each([...ON_DISK, ...IN_BUCKET])(
  'an export on $name to $files.name of which each call fails in turn',
  ({ engine, files: kind }: { engine: Engine; files: typeof disk }) => {
    const clock = fixedClock('2026-01-01T00:00:00Z')
    let opened: TestDatabase
    let files: Files
    let objects: ObjectStore
    let jobs: JobStore
    const faults: Record<Part, Faults> = {
      database: newFaults('database_unavailable'),
      store: newFaults('object_store_unavailable'),
      compressor: newFaults('compressor_failed'),
    }
    beforeAll(async () => {
      opened = await openExportTenant(engine)
      files = await kind.open()
      objects = files.store
      jobs = pgJobStore(opened.database)
      for (let user = 0; user < USERS; user++)
        await addUser(opened.database, { email: `u${user}@example.com` })
    })
    afterAll(async () => {
      await opened.stop()
      await files.stop()
    })

    /** Works on the job as a worker does, until the job ends. A database that fails for good comes back after an error. */
    async function ended(part: Part, fault: Fault): Promise<End> {
      const id = newJobId()
      await jobs.add({ id, type: 'users_export', createdAt: clock.now(), request: { format: 'csv' } })
      faults[part].arm(fault)
      const work = startFailing(() => {
        if (part === 'database') faults.database.disarm()
      })
      try {
        for (;;) {
          await work.idle()
          const job = await jobs.find(id)
          if (job === undefined || job.status === 'completed' || job.status === 'failed')
            return { job: job as Job, errors: work.errors.length }
          // Longer than the lease and than each pause.
          clock.advance({ seconds: 20 })
          work.wake()
        }
      } finally {
        await work.stop()
        faults[part].disarm()
      }
    }

    function startFailing(onError: () => void): Worker & { idle(): Promise<void>; errors: unknown[] } {
      const database = failingDatabase(opened.database, faults.database)
      const store = failingStore(objects, faults.store)
      const maker = { issuer: 'https://muster.example/', tenant: 'tenant', version: '1.2.3', clock }
      const chain = pgReceiptChain({ ...maker, sign: (_type, claims) => JSON.stringify(claims) })
      const { busy, idle, store: failingJobs } = watched(pgJobStore(database, chain))
      const deps = exportDeps(database, {
        objects: store,
        compress: failingCompressor(zlibCompressor({ level: 1, blockBytes: 200 }), faults.compressor),
      })
      const errors: unknown[] = []
      const worker = startWorker(
        {
          jobs: failingJobs,
          clock,
          stopwatch: systemStopwatch,
          run: (job, run) => busy(() => runExport(job as ExportJob, deps, run)),
          discard: async (outcome) => {
            if (outcome.kind === 'exported') await store.removeAll(runPrefixOf(outcome.objectKey))
          },
          settled: async () => undefined,
          doneSoFar: async () => undefined,
          onEnd: () => undefined,
          onError: (error) => {
            errors.push(error)
            onError()
          },
        },
        {
          concurrency: 1,
          leaseSeconds: 15,
          // Renewals come by a timer, so they would make the calls of a run differ from time to time.
          renewSeconds: 3600,
          pollSeconds: 3600,
          graceSeconds: 5,
          endSeconds: 1,
          openingSeconds: 3600,
          stallSeconds: 600,
          retryPauses: RETRY_PAUSES,
        },
      )
      return { ...worker, idle, errors }
    }

    async function expectTrueWorld(part: Part, fault: Fault, { job }: End): Promise<void> {
      const about = JSON.stringify({ part, fault, details: 'statusDetails' in job ? job.statusDetails : '' })
      const receipts = await opened.database.query('select 1 from muster.receipts where job_id = $1', [
        job.id,
      ])
      expect(receipts, about).toHaveLength(job.status === 'completed' ? 1 : 0)
      expect(await files.unfinished(), about).toEqual([])
      if (job.status === 'failed' && 'statusDetails' in job) {
        expect(job.statusDetails, about).toMatch(/call \d+|S3 store/)
        expect(await objects.list(jobPrefix(job.id)), about).toEqual([])
      }
      if (job.status === 'completed') {
        const emails = (await contentOf(job as ExportJob)).split('\n').slice(1, -1)
        expect(emails.map((line) => line.split(',')[1]).length, about).toBe(USERS)
        expect(new Set(emails).size, about).toBe(USERS)
      }
      // The server ends the transaction of a connection that was cut in its own time.
      await expect.poll(openTransactions, { message: about, timeout: 5000, interval: 5 }).toBe(0)
    }

    async function contentOf({ objectKey = '' }: ExportJob): Promise<string> {
      const object = await objects.open(objectKey)
      const chunks: Uint8Array[] = []
      for await (const chunk of object?.read(0, object.bytes - 1) ?? []) chunks.push(chunk)
      await object?.close()
      return gunzipSync(Buffer.concat(chunks)).toString()
    }

    // A snapshot that nobody closed is a transaction that nobody ended.
    async function openTransactions(): Promise<number> {
      const [row] = await opened.database.query<{ open: bigint }>(
        `select count(*) as open from pg_stat_activity
       where datname = current_database() and state like 'idle in transaction%'`,
      )
      return Number(row?.open)
    }

    /** Every fault of a kind until the export makes no more calls. Returns how many calls were made to fail. */
    async function loop(part: Part, kind: Omit<Fault, 'at'>, status: readonly string[]): Promise<number> {
      for (let at = 1; at < CALLS_MAX; at++) {
        const fault = { ...kind, at }
        const end = await ended(part, fault)
        await expectTrueWorld(part, fault, end)
        const isReached = faults[part].calls() >= at
        expect(isReached ? status : ['completed'], JSON.stringify(fault)).toContain(end.job.status)
        if (!isReached) return at - 1
      }
      throw new Error(`an export made ${CALLS_MAX} calls`)
    }

    const once = { isLasting: false, isDone: false }
    const lost = { isLasting: false, isDone: true }
    const lasting = { isLasting: true, isDone: false }

    // The SDK sends a request again, so an export survives each fate at its first try or at its second.
    test.runIf(kind === bucket).each<Fate>(['refuse', 'lose'])(
      'P4 P19 P21 an export survives each request to the bucket whose fate is %j',
      async (fate) => {
        for (let at = 1; at < CALLS_MAX; at++) {
          requests = 0
          fateOf = (request) => (request === at ? fate : 'pass')
          const none = { ...once, at: CALLS_MAX }
          const end = await ended('store', none).finally(() => {
            fateOf = () => 'pass'
          })
          const made = requests
          await expectTrueWorld('store', none, end)
          expect(end.job.status, JSON.stringify({ fate, at })).toBe('completed')
          if (made < at) return expect(at).toBeGreaterThan(1)
        }
        throw new Error(`an export made ${CALLS_MAX} requests`)
      },
    )

    test.runIf(kind === bucket)(
      'P4 P19 P21 an export whose bucket refuses everything from some request on fails, and leaves nothing',
      async () => {
        for (let at = 1; at < CALLS_MAX; at++) {
          requests = 0
          fateOf = (request) => (request >= at ? 'refuse' : 'pass')
          const none = { ...once, at: CALLS_MAX }
          const end = await ended('store', none).finally(() => {
            fateOf = () => 'pass'
          })
          const isReached = requests >= at
          await expectTrueWorld('store', none, end)
          expect(end.job.status, String(at)).toBe(isReached ? 'failed' : 'completed')
          if (!isReached) return expect(at).toBeGreaterThan(1)
        }
        throw new Error(`an export made ${CALLS_MAX} requests`)
      },
    )

    test('P4 P19 an export survives each failed call of the database', async () => {
      expect(await loop('database', once, ['completed'])).toBeGreaterThan(10)
    })

    test.skipIf(kind === bucket)('P4 P19 an export survives each lost answer of the database', async () => {
      expect(await loop('database', lost, ['completed'])).toBeGreaterThan(10)
    })

    test.skipIf(kind === bucket)(
      'P4 P19 an export survives a database that goes away at any call',
      async () => {
        expect(await loop('database', lasting, ['completed'])).toBeGreaterThan(10)
      },
    )

    test.each<Part>(['store', 'compressor'])(
      'P4 P19 an export survives each failed call of the %s',
      async (part) => {
        expect(await loop(part, once, ['completed'])).toBeGreaterThan(1)
      },
    )

    test.each<Part>(['store', 'compressor'])(
      'P4 P19 an export whose %s fails for good says so and leaves nothing',
      async (part) => {
        expect(await loop(part, lasting, ['failed'])).toBeGreaterThan(1)
      },
    )
  },
)

/** Tells when neither a run nor a call of the store is under way. */
function watched(store: JobStore): {
  store: JobStore
  busy: <T>(work: () => Promise<T>) => Promise<T>
  idle: () => Promise<void>
} {
  let count = 0
  const busy = async <T>(work: () => Promise<T>): Promise<T> => {
    count++
    try {
      return await work()
    } finally {
      count--
    }
  }
  const handler: ProxyHandler<JobStore> = {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...asked: unknown[]) => Promise<unknown>
      return (...asked: unknown[]) => busy(() => method(...asked))
    },
  }
  // Between a run and its settling the worker takes a few turns of the event loop.
  const idle = async (): Promise<void> => {
    for (let turns = 0; turns < 10; turns = count === 0 ? turns + 1 : 0)
      await new Promise((resolve) => setImmediate(resolve))
  }
  return { store: new Proxy(store, handler), busy, idle }
}
