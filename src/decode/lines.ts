import { newHeldBytes } from './held-bytes.ts'
import type { Cutter, Piece } from './piece.ts'

const NEWLINE = 0x0a

/** Blank lines are skipped, since editors leave them at the end. */
export function lineCutter(bytesMax: number): Cutter {
  const held = newHeldBytes(bytesMax)
  let line = 1
  const piece = (last: Buffer): Piece => ({ line: line++, bytes: held.take(last) })
  return {
    *cut(chunk) {
      let from = 0
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
        const whole = piece(chunk.subarray(from, end))
        if (!isBlank(whole)) yield whole
        from = end + 1
      }
      held.add(chunk.subarray(from))
    },
    *end() {
      const whole = piece(Buffer.alloc(0))
      if (!isBlank(whole)) yield whole
    },
    bytesKept: () => held.bytesKept(),
  }
}

function isBlank({ bytes }: Piece): boolean {
  return bytes !== undefined && (bytes.length === 0 || (isSpace(bytes[0]) && bytes.every(isSpace)))
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}
