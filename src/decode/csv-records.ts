import { Failure } from '../domain/failure.ts'
import type { Delimiter } from './decode-options.ts'
import { newHeldBytes } from './held-bytes.ts'
import type { Cutter, Piece } from './piece.ts'

const [NEWLINE, RETURN, QUOTE] = [0x0a, 0x0d, 0x22]

type Place = 'start' | 'bare' | 'quoted' | 'quote'

interface Inside {
  place: Place
  lines: number
}

export interface RecordCutter extends Cutter {
  /**
   * Before this call, a quote after any possible delimiter opens a cell. The first line shows the delimiter, but must
   * be cut before.
   */
  settle(delimiter: Delimiter): void
}

/** Cuts records by RFC 4180. Blank lines are skipped, since editors and spreadsheets leave them at the end. */
export function recordCutter(bytesMax: number, delimiters: readonly Delimiter[]): RecordCutter {
  const held = newHeldBytes(bytesMax)
  const inside: Inside = { place: 'start', lines: 0 }
  let isDelimiter = tableOf(delimiters)
  let line = 1
  const piece = (last: Buffer): Piece => {
    const begun = line
    line += 1 + inside.lines
    inside.lines = 0
    inside.place = 'start'
    const bytes = held.take(last)
    return { line: begun, bytes: bytes?.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes }
  }
  return {
    settle: (delimiter) => {
      isDelimiter = tableOf([delimiter])
    },
    *cut(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const end = recordEnd(chunk, at, inside, isDelimiter)
        if (end === -1) return held.add(chunk.subarray(at))
        const whole = piece(chunk.subarray(at, end))
        if (!isBlank(whole)) yield whole
        at = end + 1
      }
    },
    *end() {
      if (inside.place === 'quoted') throw breaksOff(line)
      const whole = piece(Buffer.alloc(0))
      if (!isBlank(whole)) yield whole
    },
    bytesKept: () => held.bytesKept(),
  }
}

function recordEnd(chunk: Buffer, from: number, inside: Inside, isDelimiter: Uint8Array): number {
  let { place, lines } = inside
  let at = from
  for (; at < chunk.length; at++) {
    const byte = chunk[at] ?? 0
    if (place === 'quoted') {
      if (byte === QUOTE) place = 'quote'
      else if (byte === NEWLINE) lines++
    } else if (byte === NEWLINE) break
    // A quote inside a bare cell is an error, which splitCells reports.
    else if (byte === QUOTE) place = place === 'bare' ? 'bare' : 'quoted'
    else place = isDelimiter[byte] === 1 ? 'start' : 'bare'
  }
  Object.assign(inside, { place, lines })
  return at < chunk.length ? at : -1
}

function tableOf(delimiters: readonly Delimiter[]): Uint8Array {
  const table = new Uint8Array(256)
  for (const delimiter of delimiters) table[delimiter.charCodeAt(0)] = 1
  return table
}

function isBlank({ bytes }: Piece): boolean {
  return bytes?.length === 0
}

function breaksOff(line: number): Failure {
  return new Failure(
    'import_unreadable',
    `The users file breaks off within the record that begins in line ${line}: a quoted cell does not end.`,
  )
}
