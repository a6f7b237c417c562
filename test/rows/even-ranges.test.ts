import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evenRanges } from '../../src/rows/pg/even-ranges.ts'

test('P1 the ranges cover all keys from the first to the last, none missing and none twice', () => {
  const span = fc.record({
    first: fc.bigInt({ min: 1n, max: 1n << 40n }),
    width: fc.bigInt({ min: 0n, max: 1n << 40n }),
    users: fc.integer({ min: 1, max: 1_000_000 }),
  })
  fc.assert(
    fc.property(span, fc.integer({ min: 1000, max: 50_000 }), ({ first, width, users }, size) => {
      const ranges = evenRanges({ first, last: first + width, users }, size)
      expect(ranges[0]?.after).toBe(first - 1n)
      expect(ranges.at(-1)?.upTo).toBe(first + width)
      ranges.forEach((range, index) => {
        expect(range.upTo > range.after).toBe(true)
        if (index > 0) expect(range.after).toBe(ranges[index - 1]?.upTo)
      })
    }),
  )
})

test('an export without users has no ranges', () => {
  expect(evenRanges({ first: 0n, last: 0n, users: 0 }, 1000)).toEqual([])
})
