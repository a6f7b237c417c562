import { expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { type HealthProbe, newHealthCheck, newReadiness } from '../../src/flow/check-health.ts'
import { fixedStopwatch } from '../fixtures/clock.ts'

const never = (): Promise<never> => new Promise(() => undefined)

function probes(database: HealthProbe['ask'], disk: HealthProbe['ask']): readonly HealthProbe[] {
  return [
    { name: 'Database', code: 'database_unavailable', ask: database },
    { name: 'Data folder', code: 'object_store_unavailable', ask: disk },
  ]
}

const well = async (): Promise<void> => undefined
const full = async (): Promise<void> => {
  throw new Failure('object_store_unavailable', 'The disk is full. Try again later.')
}

test('P20 a health check answers in time and names every part that is not usable', async () => {
  const options = { seconds: 0.02, stopwatch: fixedStopwatch() }
  await newHealthCheck(probes(well, well), options)()
  await expect(newHealthCheck(probes(never, well), options)()).rejects.toMatchObject({
    code: 'database_unavailable',
    message: 'Not ready. Database: No answer within 0.02 seconds.',
  })
  await expect(newHealthCheck(probes(well, full), options)()).rejects.toMatchObject({
    code: 'object_store_unavailable',
    message: 'Not ready. Data folder: The disk is full. Try again later.',
  })
  await expect(newHealthCheck(probes(never, full), options)()).rejects.toMatchObject({
    message: /Database: No answer .* Data folder: The disk is full/,
  })
})

test('a part is probed once for concurrent checks, not again during a hanging probe, and again after a second', async () => {
  const stopwatch = fixedStopwatch()
  let asked = 0
  const count = async (): Promise<void> => void asked++
  const check = newHealthCheck(probes(count, well), { seconds: 1, stopwatch })
  await Promise.all([check(), check(), check()])
  await check()
  expect(asked).toBe(1)
  stopwatch.advance({ seconds: 1 })
  await check()
  expect(asked).toBe(2)
  let hung = 0
  const hang = (): Promise<never> => {
    hung++
    return never()
  }
  const stuck = newHealthCheck(probes(hang, well), { seconds: 0.01, stopwatch })
  await expect(stuck()).rejects.toThrow('No answer')
  stopwatch.advance({ seconds: 60 })
  await expect(stuck()).rejects.toThrow('No answer')
  expect(hung).toBe(1)
})

test('P31 a process that stops is not ready at once, even if a probe hangs', async () => {
  const { ready, beginStop } = newReadiness(well)
  await ready()
  beginStop()
  await expect(ready()).rejects.toMatchObject({ code: 'stopping' })
  const hanging = newReadiness(never)
  hanging.beginStop()
  await expect(hanging.ready()).rejects.toMatchObject({ code: 'stopping' })
})
