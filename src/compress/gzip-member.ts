export const GZIP_HEADER_BYTES = 10
export const GZIP_TRAILER_BYTES = 8

// RFC 1952, 2.3: deflate, no flags, no time, nothing about the level, an unknown system.
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)
// RFC 1951, 3.2.3: an empty last block with fixed codes.
const LAST_BLOCK = [0x03, 0x00]

export interface Contents {
  readonly crc: number
  readonly bytes: number
}

export function gzipHeader(): Uint8Array {
  return Uint8Array.from(HEADER)
}

/** Only for a member whose deflate blocks end at a byte's end. */
export function gzipEnd(contents: Contents): Uint8Array {
  return Uint8Array.from([...LAST_BLOCK, ...gzipTrailer(contents)])
}

/** RFC 1952, 2.3.1: the CRC-32 of the contents, and their length modulo 2^32. */
export function gzipTrailer({ crc, bytes }: Contents): Uint8Array {
  const trailer = Buffer.alloc(GZIP_TRAILER_BYTES)
  trailer.writeUInt32LE(crc, 0)
  trailer.writeUInt32LE(bytes % 2 ** 32, 4)
  return trailer
}
