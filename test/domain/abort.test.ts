import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { abortableWithin } from '../../src/domain/abort.ts'

test('aborts with the reason of whichever signal around it does first', () => {
  const [first, second] = [new AbortController(), new AbortController()]
  const { signal } = abortableWithin(first.signal, second.signal)
  expect(signal.aborted).toBe(false)
  second.abort('the server stops')
  first.abort('too late')
  expect(signal.reason).toBe('the server stops')
})

test('is aborted from the start within what is', () => {
  expect(abortableWithin(new AbortController().signal, AbortSignal.abort('over')).signal.reason).toBe('over')
})

test('aborts by itself, and nothing around it', () => {
  const around = new AbortController()
  const { signal, abort } = abortableWithin(around.signal)
  abort('done')
  expect(signal.reason).toBe('done')
  expect(around.signal.aborted).toBe(false)
})

test('leaves nothing at the signals around it once the work is over', () => {
  const around = new AbortController()
  const { signal, release } = abortableWithin(around.signal)
  release()
  expect(getEventListeners(around.signal, 'abort')).toEqual([])
  around.abort()
  expect(signal.aborted).toBe(false)
})
