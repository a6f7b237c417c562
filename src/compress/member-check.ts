import { type Contents, GZIP_HEADER_BYTES, GZIP_TRAILER_BYTES, gzipTrailer } from './gzip-member.ts'

// Node looks for up to 7 bytes with instructions of the processor, five times as fast as for ten.
const SOUGHT_BYTES = 6

/** Looks at a .gz file while it passes, since it is never in memory as a whole. */
export interface MemberCheck {
  see(bytes: Uint8Array): void
  /** To be called after the last bytes. Undefined if the file is sound. */
  complaint(contents: Contents): string | undefined
}

/**
 * Compares a file with the header that its program writes (if that is known) and with what the file should hold. It
 * proves three things: the file begins with such a header, no second one follows, and the file's last checksum and
 * length are those of all lines. It does not prove that no second member with another header follows the first, or that
 * the compressed bytes are right. Only unpacking would prove that, which takes as much CPU as igzip needs to make them.
 * Ten bytes that are a header by chance come once in 10^24 bytes.
 */
export function newMemberCheck(header?: Uint8Array): MemberCheck {
  let start: Uint8Array = new Uint8Array(0)
  let end: Uint8Array = new Uint8Array(0)
  let headers = 0
  return {
    see: (bytes) => {
      if (start.length < GZIP_HEADER_BYTES)
        start = joined(start, bytes.subarray(0, GZIP_HEADER_BYTES)).subarray(0, GZIP_HEADER_BYTES)
      if (header !== undefined) {
        // A header may lie across the cut between two chunks. The bytes on one side of it are too few to be counted
        // twice.
        headers += occurrences(header, joined(end, bytes.subarray(0, GZIP_HEADER_BYTES - 1)))
        headers += occurrences(header, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
      }
      end = joined(end, bytes.subarray(1 - GZIP_HEADER_BYTES)).subarray(1 - GZIP_HEADER_BYTES)
    },
    complaint: (contents) => {
      if (header !== undefined && (headers !== 1 || !Buffer.from(start).equals(header)))
        return 'its file is not one gzip member, as it made when it was tried'
      const isOfContents = Buffer.from(end.subarray(-GZIP_TRAILER_BYTES)).equals(gzipTrailer(contents))
      return isOfContents ? undefined : 'its checksum is not that of the lines'
    },
  }
}

function joined(first: Uint8Array, second: Uint8Array): Buffer {
  return Buffer.concat([first, second])
}

function occurrences(header: Uint8Array, bytes: Buffer): number {
  const sought = header.subarray(0, SOUGHT_BYTES)
  let count = 0
  for (let at = bytes.indexOf(sought); at !== -1; at = bytes.indexOf(sought, at + 1)) {
    if (bytes.subarray(at, at + GZIP_HEADER_BYTES).equals(header)) count++
  }
  return count
}
