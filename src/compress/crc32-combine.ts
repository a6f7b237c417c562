// A CRC-32 (RFC 1952, 8) is the remainder of a division by this polynomial over GF(2). The highest power is in the
// lowest bit, and x^32 is left out.
const MODULUS = 0xed_b8_83_20
const ONE = 0x80_00_00_00
const A_BYTE = 0x00_80_00_00

/**
 * `first` is the CRC-32 of the bytes before, `second` of the `bytes` bytes after them. It costs a few microseconds,
 * however many bytes they are. So each block can be checked by itself, at the same time as others.
 */
export function crc32Combined(first: number, second: number, bytes: number): number {
  return (times(powerOf(A_BYTE, bytes), first) ^ second) >>> 0
}

function powerOf(base: number, exponent: number): number {
  let power = ONE
  let square = base
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = times(power, square)
    square = times(square, square)
  }
  return power
}

function times(left: number, right: number): number {
  let product = 0
  let shifted = right
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((left & bit) !== 0) product ^= shifted
    shifted = shifted & 1 ? (shifted >>> 1) ^ MODULUS : shifted >>> 1
  }
  return product >>> 0
}
