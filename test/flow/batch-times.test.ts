import { expect, test } from 'vitest'
import { newBatchTimes } from '../../src/flow/batch-times.ts'

const start = Date.parse('2026-12-31T23:59:59.990Z')

function taking() {
  const counts: number[] = []
  let last = start
  const take = async (count: number): Promise<Date> => {
    counts.push(count)
    last += count
    return new Date(last - count)
  }
  return { counts, take }
}

function written(count: number, next: () => string): string[] {
  return Array.from({ length: count }, next)
}

test('the users of full batches and of the last batch have times a millisecond apart, even across seconds and years', async () => {
  const { counts, take } = taking()
  const times = newBatchTimes(take, 1500)
  const all: string[] = []
  for (const count of [1500, 1500, 200]) all.push(...written(count, await times.next(count)))
  expect(all).toEqual(Array.from({ length: 3200 }, (_, at) => new Date(start + at).toISOString()))
  expect(counts).toEqual([1500, 1500, 1500])
})

test('a small import takes one time for each user', async () => {
  const { counts, take } = taking()
  const times = newBatchTimes(take, 2000)
  expect(written(2, await times.next(2))).toEqual(['2026-12-31T23:59:59.990Z', '2026-12-31T23:59:59.991Z'])
  expect(counts).toEqual([2])
})

test('a failed read of the database clock fails only the batch that needs its times', async () => {
  let calls = 0
  const failing = async (): Promise<Date> => {
    if (calls++ > 0) throw new Error('gone')
    return new Date(start)
  }
  const times = newBatchTimes(failing, 10)
  await times.next(10)
  await expect(times.next(10)).rejects.toThrow('gone')
})
