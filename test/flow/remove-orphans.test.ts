import { expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { type OrphansSeen, removeOrphans } from '../../src/flow/remove-orphans.ts'
import { fixedStopwatch } from '../fixtures/clock.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'
import { memoryObjectStore } from '../fixtures/memory-object-store.ts'

const never = new AbortController().signal

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"password_hash":"…"}')
}

async function scene() {
  const jobs = memoryJobStore()
  const objects = memoryObjectStore()
  const id = newJobId()
  await jobs.add({ id, type: 'users_export', createdAt: new Date(0), request: { format: 'csv' } })
  const owned = `jobs/${id}/1/t.csv.gz`
  const orphan = `jobs/${newJobId()}/import/users`
  await objects.put(owned, bytes(), never)
  await objects.put(orphan, bytes(), never)
  return { deps: { jobs, objects, stopwatch: fixedStopwatch() }, objects, owned, orphan }
}

test('P7 a users file whose process was killed before its job was added is removed at the next start', async () => {
  const { deps, objects, owned } = await scene()
  await removeOrphans(deps, 0)
  expect(objects.visibleObjects()).toEqual([owned])
})

test('P7 a sweep removes the files of no job, and keeps those whose job is about to be added', async () => {
  const { deps, objects, owned, orphan } = await scene()
  let seen: OrphansSeen = new Map()
  const sweep = async (): Promise<void> => {
    seen = await removeOrphans(deps, 90, seen)
  }
  await sweep()
  deps.stopwatch.advance({ seconds: 60 })
  await sweep()
  expect(objects.visibleObjects().toSorted()).toEqual([owned, orphan].toSorted())
  deps.stopwatch.advance({ seconds: 60 })
  await sweep()
  expect(objects.visibleObjects()).toEqual([owned])
})
