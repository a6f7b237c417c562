import { beforeEach, describe, expect, test } from 'vitest'
import { addSeconds } from '../../src/domain/clock.ts'
import { newJobId } from '../../src/domain/ids.ts'
import { allOwned } from '../../src/domain/lent.ts'
import { exportFileKey, jobPrefix } from '../../src/domain/object-key.ts'
import { type LinkQuery, ownLinks } from '../../src/download/link.ts'
import { expireJobs } from '../../src/flow/expire-jobs.ts'
import { type FoundJob, findJob, findJobErrors } from '../../src/flow/find-job.ts'
import { openDownload } from '../../src/flow/open-download.ts'
import type { JobStore } from '../../src/jobs/job-store.ts'
import type { ObjectStore } from '../../src/objects/object-store.ts'
import { type FixedClock, fixedClock } from '../fixtures/clock.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'
import { type MemoryObjectStore, memoryObjectStore } from '../fixtures/memory-object-store.ts'
import { newReceipt } from '../fixtures/receipts.ts'

const HOUR = 3600
const secret = Buffer.alloc(32, 1)
const never = new AbortController().signal

let clock: FixedClock
let jobs: JobStore
let objects: MemoryObjectStore

beforeEach(() => {
  clock = fixedClock('2026-01-01T00:00:00Z')
  jobs = memoryJobStore()
  objects = memoryObjectStore()
})

const bytes = () => allOwned([Buffer.from('content')])

async function completedExport(): Promise<{ id: string; objectKey: string }> {
  const id = newJobId()
  await jobs.add({ id, type: 'users_export', createdAt: clock.now(), request: { format: 'csv' } })
  const claim = await jobs.claim(clock.now(), 15)
  const objectKey = exportFileKey(id, 1, 'tenant.csv.gz')
  await objects.put(objectKey, bytes(), never)
  if (claim === undefined) throw new Error('expected a claim')
  await jobs.settle(claim, { kind: 'exported', objectKey, receipt: newReceipt() })
  return { id, objectKey }
}

const find = (id: string) =>
  findJob(id, { jobs, clock, mintLink: ownLinks({ publicUrl: '', secret, clock }) })

async function queryOf(found: FoundJob): Promise<Partial<LinkQuery>> {
  return Object.fromEntries(new URLSearchParams((await found.link?.())?.split('?')[1]))
}

const failures: string[] = []
const onFailure = (_error: unknown, jobId: string): void => void failures.push(jobId)
const sweep = () => expireJobs({ jobs, objects, clock, onFailure }, never)

describe('the life of an export', () => {
  test('P6 each request for a completed job gives a new link that opens its file', async () => {
    const { id, objectKey } = await completedExport()
    const first = await queryOf(await find(id))
    clock.advance({ seconds: 61 })
    const second = await queryOf(await find(id))
    const open = (query: object) => openDownload(objectKey, query, { objects, clock, linkSecret: secret })
    await expect(open(first)).rejects.toMatchObject({ code: 'link_expired' })
    expect((await open(second)).bytes).toBe(7)
    await expect(open({ ...second, expires: '9999999999' })).rejects.toMatchObject({
      code: 'link_invalid',
    })
  })

  test('P7 a job expires 24 hours after its creation and has no link, even before the sweep', async () => {
    const { id } = await completedExport()
    clock.advance({ seconds: 24 * HOUR - 1 })
    expect((await find(id)).job.status).toBe('completed')
    clock.advance({ seconds: 1 })
    const { job, link } = await find(id)
    expect([Object.keys(job), job.status, link]).toEqual([
      ['id', 'type', 'status', 'createdAt'],
      'expired',
      undefined,
    ])
    expect(await findJobErrors(id, { take: 1 }, { jobs, clock })).toEqual({
      kind: 'errors',
      errors: [],
    })
  })

  test('P7 the sweep removes the file and the request of a job, and a day later the job', async () => {
    const { id, objectKey } = await completedExport()
    const kept = addSeconds(clock.now(), 24 * HOUR)
    clock.advance({ seconds: 24 * HOUR - 1 })
    await sweep()
    expect(objects.visibleObjects()).toEqual([objectKey])
    clock.advance({ seconds: 1 })
    expect(clock.now()).toEqual(kept)
    await sweep()
    expect(objects.visibleObjects()).toEqual([])
    expect((await jobs.find(id))?.status).toBe('expired')
    clock.advance({ seconds: 24 * HOUR })
    await expect(find(id)).rejects.toMatchObject({ code: 'job_not_found' })
    await sweep()
    expect(await jobs.find(id)).toBeUndefined()
  })

  test('P7 a sweep that dies at any step is finished by the next sweep', async () => {
    for (let step = 1; ; step++) {
      jobs = memoryJobStore()
      objects = memoryObjectStore()
      const made = [await completedExport(), await completedExport(), await completedExport()]
      clock.advance({ seconds: 24 * HOUR })
      let count = 0
      const dying = <T extends object>(part: T): T =>
        new Proxy(part, {
          get: (target, name) => {
            const method = Reflect.get(target, name) as (...args: unknown[]) => unknown
            return async (...args: unknown[]) => {
              if (++count === step) throw new Error('killed')
              return method(...args)
            }
          },
        })
      const broken = { jobs: dying(jobs), objects: dying<ObjectStore>(objects), clock, onFailure }
      await expireJobs(broken, never).catch(() => undefined)
      const isDone = count < step
      await sweep()
      expect(objects.visibleObjects()).toEqual([])
      for (const { id } of made) expect((await jobs.find(id))?.status).toBe('expired')
      if (isDone) return
    }
  })

  test('P7 a file made by a worker that had lost its job is removed with the job', async () => {
    const { id } = await completedExport()
    clock.advance({ seconds: 24 * HOUR })
    await sweep()
    await objects.put(exportFileKey(id, 2, 'tenant.csv.gz'), bytes(), never)
    clock.advance({ seconds: 24 * HOUR })
    await sweep()
    expect(objects.visibleObjects()).toEqual([])
  })

  test('P7 a file that cannot be removed does not stop the removal of others, and is removed later', async () => {
    failures.length = 0
    const made: { id: string; objectKey: string }[] = []
    for (let count = 0; count < 250; count++) made.push(await completedExport())
    clock.advance({ seconds: 24 * HOUR })
    const stuck = new Set(made.slice(0, 120).map(({ id }) => jobPrefix(id)))
    const removeAll = async (prefix: string): Promise<void> => {
      if (stuck.has(prefix)) throw new Error('EIO')
      await objects.removeAll(prefix)
    }
    await expireJobs({ jobs, objects: { ...objects, removeAll }, clock, onFailure }, never)
    expect(objects.visibleObjects()).toHaveLength(120)
    expect(failures).toEqual(made.slice(0, 120).map(({ id }) => id))
    await sweep()
    expect(objects.visibleObjects()).toEqual([])
  })
})
