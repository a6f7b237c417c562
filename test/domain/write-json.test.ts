import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExactNumber } from '../../src/domain/exact-number.ts'
import { writeJson } from '../../src/domain/write-json.ts'

test('an exact number throws in JSON.stringify', () => {
  expect(() => JSON.stringify({ a: [new ExactNumber('1.50')] })).toThrow('writeJson')
})

test('a value with an exact number is otherwise written as by JSON.stringify', () => {
  const value = {
    at: new Date(0),
    none: undefined,
    list: [undefined, () => 1],
    toJSON: 1,
    ['__proto__']: { a: 'é"' },
  }
  expect(writeJson({ ...value, n: new ExactNumber('1.50') })).toBe(
    JSON.stringify({ ...value, n: 15 }).replace('"n":15', '"n":1.50'),
  )
})

test('a value without exact numbers is written as by JSON.stringify', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(writeJson(value)).toBe(JSON.stringify(value))
      expect(writeJson([value, new ExactNumber('1.0')])).toBe(`[${JSON.stringify(value)},1.0]`)
    }),
  )
})
