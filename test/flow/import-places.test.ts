import { afterEach, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { takePlace } from '../../src/flow/import-places.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'

const held: (() => void)[] = []
afterEach(() => {
  for (const letGo of held.splice(0)) letGo()
})

function open() {
  const jobs = memoryJobStore()
  const clock = fixedClock('2026-01-01T00:00:00Z')
  let renewals = 0
  const counting = {
    ...jobs,
    renewUpload: async (...given: Parameters<typeof jobs.renewUpload>) => {
      await jobs.renewUpload(...given)
      if (++renewals % 2 === 1) throw new Error('the answer was lost')
    },
  }
  return {
    jobs,
    clock,
    take: async (id = newJobId()) => {
      const letGo = await takePlace(id, { jobs: counting, clock }, 0.001)
      held.push(letGo)
      return letGo
    },
    renewed: async () => {
      for (const before = renewals; renewals < before + 4; ) await new Promise(setImmediate)
    },
  }
}

test('only two of many concurrent imports get a place, and the others are refused with the number two', async () => {
  const { take } = open()
  const settled = await Promise.allSettled(Array.from({ length: 8 }, () => take()))
  const refusals = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(refusals).toHaveLength(6)
  for (const refusal of refusals)
    expect(refusal).toMatchObject({
      code: 'imports_too_many',
      message: expect.stringMatching(/^There are 2 active import users jobs/),
    })
})

test('a place is held while its process renews the lease, even if some renewals fail', async () => {
  const { take, clock, renewed } = open()
  await take()
  await take()
  for (let at = 0; at < 5; at++) {
    clock.advance({ seconds: 14 })
    await renewed()
    await expect(take()).rejects.toMatchObject({ code: 'imports_too_many' })
  }
})

test('a place that was let go is free when its lease expires', async () => {
  const { take, clock, renewed } = open()
  const letGo = await take()
  await take()
  letGo()
  clock.advance({ seconds: 14 })
  await renewed()
  await expect(take()).rejects.toMatchObject({ code: 'imports_too_many' })
  clock.advance({ seconds: 1 })
  await take()
  await expect(take()).rejects.toMatchObject({ code: 'imports_too_many' })
})
