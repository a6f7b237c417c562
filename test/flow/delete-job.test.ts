import { beforeEach, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { newJobId } from '../../src/domain/ids.ts'
import { JOB_MEMORY_SECONDS } from '../../src/domain/job.ts'
import { allOwned } from '../../src/domain/lent.ts'
import { exportFileKey } from '../../src/domain/object-key.ts'
import { deleteJob } from '../../src/flow/delete-job.ts'
import { removeOrphans } from '../../src/flow/remove-orphans.ts'
import type { JobStore } from '../../src/jobs/job-store.ts'
import { type FixedClock, fixedClock } from '../fixtures/clock.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'
import { type MemoryObjectStore, memoryObjectStore } from '../fixtures/memory-object-store.ts'

let clock: FixedClock
let jobs: JobStore
let objects: MemoryObjectStore
beforeEach(() => {
  clock = fixedClock('2026-01-01T00:00:00Z')
  jobs = memoryJobStore()
  objects = memoryObjectStore()
})

async function addWithFile(): Promise<{ id: string; objectKey: string }> {
  const id = newJobId()
  await jobs.add({ id, type: 'users_export', createdAt: clock.now(), request: { format: 'csv' } })
  const objectKey = exportFileKey(id, 1, 't.csv.gz')
  await objects.put(objectKey, allOwned([Buffer.from('content')]), new AbortController().signal)
  return { id, objectKey }
}

let dropped: string[]
beforeEach(() => {
  dropped = []
})
const drop = (id: string): void => void dropped.push(id)
const remove = (id: string) => deleteJob(id, { jobs, objects, clock, drop }, () => undefined)

test('P24 a deleted job is unknown and its files are gone, and other jobs keep theirs', async () => {
  const [gone, stays] = [await addWithFile(), await addWithFile()]
  await remove(gone.id)
  expect(await jobs.find(gone.id)).toBeUndefined()
  expect(objects.visibleObjects()).toEqual([stays.objectKey])
  expect(dropped).toEqual([gone.id])
  await expect(remove(gone.id)).rejects.toMatchObject({ code: 'job_not_found' })
  await expect(remove('job_unknown')).rejects.toMatchObject({ code: 'job_not_found' })
})

test('P24 a job is found by one of two deletions at the same time', async () => {
  const { id } = await addWithFile()
  const results = await Promise.allSettled([remove(id), remove(id)])
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

test('a deletion that is not allowed changes nothing', async () => {
  const { id, objectKey } = await addWithFile()
  const refused = deleteJob(id, { jobs, objects, clock, drop }, () => {
    throw new Failure('scope_insufficient', 'no')
  })
  await expect(refused).rejects.toMatchObject({ code: 'scope_insufficient' })
  expect((await jobs.find(id))?.status).toBe('pending')
  expect(objects.visibleObjects()).toEqual([objectKey])
})

test('a job of 48 hours is unknown to a deletion, before any sweep', async () => {
  const { id } = await addWithFile()
  clock.advance({ seconds: JOB_MEMORY_SECONDS })
  await expect(remove(id)).rejects.toMatchObject({ code: 'job_not_found' })
})

test('P24 the files of a deleted job that could not be removed are removed by the sweeper', async () => {
  const { id } = await addWithFile()
  const removeAll = async (): Promise<never> => {
    throw new Failure('object_store_unavailable', 'down')
  }
  const failing = deleteJob(id, { jobs, objects: { removeAll }, clock, drop }, () => undefined)
  await expect(failing).rejects.toMatchObject({ code: 'object_store_unavailable' })
  expect(await jobs.find(id)).toBeUndefined()
  await removeOrphans({ jobs, objects })
  expect(objects.visibleObjects()).toEqual([])
})
