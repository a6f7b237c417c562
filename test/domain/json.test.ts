import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findUnstorable } from '../../src/domain/json.ts'

test('a value that UTF-8 or PostgreSQL cannot store is found, with its path', () => {
  expect(findUnstorable({ a: [{ b: 'x\0' }] })).toEqual({
    path: 'a[0].b',
    reason: 'text holds a NUL character at position 1',
  })
  expect(findUnstorable({ 'k\uD800': 1 })?.reason).toContain('surrogate')
  expect(findUnstorable({ a: '\uDC00' })?.path).toBe('a')
  expect(findUnstorable(JSON.parse('{"n": 1e999}'))?.path).toBe('n')
  let deep: unknown = 1
  for (let level = 0; level < 200; level++) deep = [deep]
  expect(findUnstorable(deep)?.reason).toContain('deep')
})

test('any other JSON value is accepted as storable', () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'medium' }), (value) => {
      const text = JSON.stringify(value)
      fc.pre(!/\\u0000|\\ud[89a-f]/i.test(text))
      expect(findUnstorable(value)).toBeUndefined()
    }),
  )
})
