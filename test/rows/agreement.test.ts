import { expect, onTestFinished, test } from 'vitest'
import { newAgreements } from '../../src/rows/agreement.ts'

test('an export that fails or is ended after its snapshots have agreed does not end the process', async () => {
  const ending = new AbortController()
  const [first, second] = newAgreements(2, 5, ending.signal)
  expect(await Promise.all([first?.share(3), second?.share(4)])).toEqual([3, 2])
  const unhandled: unknown[] = []
  const hear = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', hear)
  onTestFinished(() => void process.off('unhandledRejection', hear))
  ending.abort(new Error('a source went down'))
  // Node reports an unhandled rejection before the next turn of the event loop.
  await new Promise(setImmediate)
  expect(unhandled).toEqual([])
})

test('a snapshot that waits for the others fails with the error of the one that failed', async () => {
  const ending = new AbortController()
  const [first, second] = newAgreements(2, undefined, ending.signal)
  const waiting = first?.share(3)
  const down = new Error('a source went down')
  ending.abort(down)
  await expect(waiting).rejects.toBe(down)
  await expect(second?.share(4)).rejects.toBe(down)
})
