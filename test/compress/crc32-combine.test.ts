import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32Combined } from '../../src/compress/crc32-combine.ts'

test('the checksums of two blocks combine to the checksum of both together', () => {
  const bytes = fc.uint8Array({ maxLength: 70_000 })
  fc.assert(
    fc.property(bytes, bytes, (first, second) => {
      const both = crc32(second, crc32(first))
      expect(crc32Combined(crc32(first), crc32(second), second.length)).toBe(both)
    }),
  )
})

test('the checksum is right for more bytes than 32 bits count', () => {
  const nothing = Buffer.alloc(8 * 1024 * 1024)
  const times = 520
  let second = 0
  let both = crc32('first')
  for (let n = 0; n < times; n++) {
    second = crc32(nothing, second)
    both = crc32(nothing, both)
  }
  expect(crc32Combined(crc32('first'), second, times * nothing.length)).toBe(both)
})
