import { expect, test } from 'vitest'
import { parseRange } from '../../src/http/byte-range.ts'

test('a Range header names the bytes that RFC 9110 says', () => {
  expect(parseRange('bytes=0-99', 1000)).toEqual({ start: 0, end: 99 })
  expect(parseRange('bytes=900-', 1000)).toEqual({ start: 900, end: 999 })
  expect(parseRange('bytes=-10', 1000)).toEqual({ start: 990, end: 999 })
  expect(parseRange('bytes=-5000', 1000)).toEqual({ start: 0, end: 999 })
  expect(parseRange('bytes=990-5000', 1000)).toEqual({ start: 990, end: 999 })
})

test('a Range header that is not understood gets the whole file, and a range outside of the file is refused', () => {
  for (const header of [undefined, '', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=0-1,5-6', 'lines=1-2']) {
    expect(parseRange(header, 1000)).toBe('whole')
  }
  for (const header of ['bytes=1000-', 'bytes=-0']) expect(parseRange(header, 1000)).toBe('unsatisfiable')
})
