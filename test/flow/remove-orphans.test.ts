import { expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { allOwned } from '../../src/domain/lent.ts'
import { removeOrphans } from '../../src/flow/remove-orphans.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'
import { memoryObjectStore } from '../fixtures/memory-object-store.ts'

const never = new AbortController().signal

const bytes = () => allOwned([Buffer.from('{"password_hash":"…"}')])

async function scene() {
  const jobs = memoryJobStore()
  const objects = memoryObjectStore()
  const id = newJobId()
  await jobs.add({ id, type: 'users_export', createdAt: new Date(0), request: { format: 'csv' } })
  const owned = `jobs/${id}/1/t.csv.gz`
  const orphan = `jobs/${newJobId()}/import/users`
  await objects.put(owned, bytes(), never)
  await objects.put(orphan, bytes(), never)
  return { deps: { jobs, objects }, owned, orphan }
}

test('P7 the files of no job are removed, and no others', async () => {
  const { deps, owned, orphan } = await scene()
  expect(deps.objects.visibleObjects().toSorted()).toEqual([owned, orphan].toSorted())
  await removeOrphans(deps)
  expect(deps.objects.visibleObjects()).toEqual([owned])
})

test('P7 a file that a worker finishes after its job has expired is removed', async () => {
  const { deps, owned } = await scene()
  await deps.jobs.markExpired(owned.split('/')[1] ?? '')
  await removeOrphans(deps)
  expect(deps.objects.visibleObjects()).toEqual([])
})

test('P7 a users file stays while its upload lives, and is removed when the process was killed before its job was added', async () => {
  const { deps, owned } = await scene()
  const id = newJobId()
  const uploaded = `jobs/${id}/import/users`
  await deps.jobs.beginUpload(id, new Date(0), { leaseSeconds: 15, activeMax: 2 })
  await deps.objects.put(uploaded, bytes(), never)
  await removeOrphans(deps)
  expect(deps.objects.visibleObjects().toSorted()).toEqual([owned, uploaded].toSorted())
  await deps.jobs.dropUploads(new Date(15_000), 15)
  await removeOrphans(deps)
  expect(deps.objects.visibleObjects()).toEqual([owned])
})
