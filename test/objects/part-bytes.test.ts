import { expect, test } from 'vitest'
import { PARTS_MAX, partBytes } from '../../src/objects/part-bytes.ts'

const MIB = 1024 ** 2
const numbers = Array.from({ length: PARTS_MAX }, (_, at) => at + 1)

test('the parts of one upload hold the largest object that S3 takes, 5 TiB', () => {
  const total = numbers.reduce((sum, number) => sum + partBytes(number), 0)
  expect(total).toBeGreaterThan(5 * 1024 ** 4)
})

test('every part has the size that S3 asks for, 5 MiB to 5 GiB, and fits into one buffer', () => {
  for (const number of numbers) {
    expect(partBytes(number)).toBeGreaterThanOrEqual(5 * MIB)
    expect(partBytes(number)).toBeLessThan(2 * 1024 ** 3)
    expect(Number.isInteger(partBytes(number))).toBe(true)
  }
})

test('parts never shrink, and those of the first 7.8 GiB have 8 MiB', () => {
  for (const number of numbers.slice(1))
    expect(partBytes(number)).toBeGreaterThanOrEqual(partBytes(number - 1))
  expect(partBytes(1)).toBe(8 * MIB)
  expect(partBytes(1000)).toBe(8 * MIB)
  expect(partBytes(1001)).toBeGreaterThan(8 * MIB)
})
