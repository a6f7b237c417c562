import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { abortableWithin } from '../../src/domain/abort.ts'

test('an inner signal aborts with the reason of the first outer signal that aborts', () => {
  const [first, second] = [new AbortController(), new AbortController()]
  const { signal } = abortableWithin(first.signal, second.signal)
  expect(signal.aborted).toBe(false)
  second.abort('the server stops')
  first.abort('too late')
  expect(signal.reason).toBe('the server stops')
})

test('an inner signal is aborted from the start if an outer signal is', () => {
  expect(abortableWithin(new AbortController().signal, AbortSignal.abort('over')).signal.reason).toBe('over')
})

test('an inner signal aborts alone, without its outer signals', () => {
  const around = new AbortController()
  const { signal, abort } = abortableWithin(around.signal)
  abort('done')
  expect(signal.reason).toBe('done')
  expect(around.signal.aborted).toBe(false)
})

test('a released inner signal leaves no listener at its outer signals', () => {
  const around = new AbortController()
  const { signal, release } = abortableWithin(around.signal)
  release()
  expect(getEventListeners(around.signal, 'abort')).toEqual([])
  around.abort()
  expect(signal.aborted).toBe(false)
})
