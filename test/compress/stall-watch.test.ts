import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { newStallWatch } from '../../src/compress/stall-watch.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

async function stallsOf(use: (watch: ReturnType<typeof newStallWatch>) => void): Promise<number> {
  let stalls = 0
  const watch = newStallWatch(60, () => stalls++)
  use(watch)
  await setImmediate()
  await setImmediate()
  return stalls
}

test('a program that neither reads nor writes for the whole time has stalled', async () => {
  const stalls = await stallsOf((watch) => {
    watch.input(true)
    watch.reader(true)
    vi.advanceTimersByTime(60_000)
  })
  expect(stalls).toBe(1)
})

test.each([
  ['lines are slow to come', ['reader']],
  ['the writer of the file is slow', ['input']],
] as const)('a program has not stalled while %s', async (_who, [waiting]) => {
  const stalls = await stallsOf((watch) => {
    watch[waiting](true)
    vi.advanceTimersByTime(3_600_000)
  })
  expect(stalls).toBe(0)
})

test('a program that reads or writes from time to time has not stalled', async () => {
  const stalls = await stallsOf((watch) => {
    watch.input(true)
    watch.reader(true)
    for (let minute = 0; minute < 10; minute++) {
      vi.advanceTimersByTime(59_000)
      watch.reader(minute % 2 === 0)
      watch.reader(true)
    }
  })
  expect(stalls).toBe(0)
})

test('a program that wrote while the event loop was blocked has not stalled', async () => {
  const stalls = await stallsOf((watch) => {
    watch.input(true)
    watch.reader(true)
    vi.advanceTimersByTime(60_000)
    watch.reader(false)
  })
  expect(stalls).toBe(0)
})

test('a program that is no longer watched cannot stall', async () => {
  const stalls = await stallsOf((watch) => {
    watch.input(true)
    watch.reader(true)
    watch.stop()
    watch.input(true)
    vi.advanceTimersByTime(60_000)
  })
  expect(stalls).toBe(0)
})
