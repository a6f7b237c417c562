import { beforeEach, expect, test } from 'vitest'
import { type BrakeOptions, newBrakes } from '../../src/flow/brake.ts'
import { fixedStopwatch } from '../fixtures/clock.ts'

const never = new AbortController().signal
let stopwatch = fixedStopwatch()
let waits = 0
beforeEach(() => {
  stopwatch = fixedStopwatch()
  waits = 0
})

/** Its waits wind the stopwatch. */
function brakeOf(options: Pick<BrakeOptions, 'usersPerSecond' | 'isOverloaded'>, signal = never) {
  const wait = async (seconds: number, until: AbortSignal): Promise<void> => {
    until.throwIfAborted()
    stopwatch.advance({ seconds })
  }
  return newBrakes({ ...options, stopwatch, wait })(signal, () => {
    waits++
  })
}

test('P29 an export reads no more users a second than its rate, and reports while waiting', async () => {
  const brake = brakeOf({ usersPerSecond: 100 })
  await brake(0)
  expect(stopwatch.seconds()).toBe(0)
  await brake(250)
  expect(stopwatch.seconds()).toBe(2.5)
  expect(waits).toBe(3)
  await brake(350)
  expect(stopwatch.seconds()).toBe(3.5)
})

test('P29 an export that was held up for a while does not make up for the lost time', async () => {
  const brake = brakeOf({ usersPerSecond: 100 })
  stopwatch.advance({ seconds: 1000 })
  await brake(100)
  expect(stopwatch.seconds()).toBe(1001)
})

test('P29 ranges that are read at the same time share the rate of their export', async () => {
  const brake = brakeOf({ usersPerSecond: 100 })
  await Promise.all([brake(100), brake(200), brake(300)])
  expect(stopwatch.seconds()).toBeGreaterThanOrEqual(3)
})

test('P29 an export pauses while the database is overloaded, and goes on afterwards', async () => {
  const answers = [true, true, true, false]
  const brake = brakeOf({ isOverloaded: async () => answers.shift() ?? false })
  await brake(1)
  expect([stopwatch.seconds(), waits, answers.length]).toEqual([3, 3, 0])
  await brake(1_000_000)
  expect(stopwatch.seconds()).toBe(3)
})

test('P29 a pause ends with the run', async () => {
  const run = new AbortController()
  const brake = brakeOf({ isOverloaded: async () => true }, run.signal)
  run.abort(new Error('the run is over'))
  await expect(brake(1)).rejects.toThrow('the run is over')
})
