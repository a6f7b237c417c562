import { expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { newImportPlaces } from '../../src/flow/import-places.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'

const clock = fixedClock('2026-01-01T00:00:00Z')

function open() {
  const jobs = memoryJobStore()
  const request = {
    by: 'form',
    format: 'json',
    upsert: 'no',
    preserve: false,
    dryRun: false,
    objectKey: 'k',
  } as const
  const add = () => jobs.add({ id: newJobId(), type: 'users_import', createdAt: clock.now(), request }, 2)
  return { places: newImportPlaces(jobs, clock), jobs, add }
}

test('only two of many concurrent imports get a place, and the others are refused with the number two', async () => {
  const { places, add } = open()
  const orders = Array.from({ length: 8 }, async () => {
    const place = await places.take()
    await place.fill(add)
    place.leave()
  })
  const settled = await Promise.allSettled(orders)
  const refusals = settled.flatMap((one) => (one.status === 'rejected' ? [String(one.reason.message)] : []))
  expect(refusals).toHaveLength(6)
  for (const message of refusals) expect(message).toMatch(/^There are 2 active import users jobs/)
})

test('a place that was left, or whose job was not added, is free again, once', async () => {
  const { places, jobs, add } = open()
  const [one, other] = [await places.take(), await places.take()]
  await expect(places.take()).rejects.toMatchObject({ code: 'imports_too_many' })
  one.leave()
  one.leave()
  const broken = other.fill(() => Promise.reject(new Error('broken')))
  await expect(broken).rejects.toThrow('broken')
  other.leave()
  const again = [await places.take(), await places.take()]
  await expect(places.take()).rejects.toMatchObject({ code: 'imports_too_many' })
  for (const place of again) await place.fill(add)
  expect(await jobs.countActive('users_import')).toBe(2)
})
