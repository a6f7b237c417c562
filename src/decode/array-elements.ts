import { Failure } from '../domain/failure.ts'
import { newHeldBytes } from './held-bytes.ts'
import type { Cutter } from './piece.ts'

const [TAB, NEWLINE, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20]
const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c]
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d]

type Place = 'before' | 'first' | 'next' | 'within' | 'after'

interface Inside {
  depth: number
  isText: boolean
  isEscaped: boolean
  lines: number
}

/**
 * Reads only strings and depth. So an invalid element does not affect the others if its quotes and brackets come in
 * pairs.
 */
export function elementCutter(bytesMax: number): Cutter {
  const held = newHeldBytes(bytesMax)
  const inside: Inside = { depth: 0, isText: false, isEscaped: false, lines: 0 }
  let place: Place = 'before'
  let line = 1
  return {
    *cut(chunk) {
      for (let at = 0; at < chunk.length; ) {
        if (place !== 'within') {
          const byte = chunk[at] ?? SPACE
          if (byte === NEWLINE) line++
          if (!isSpace(byte)) place = placeBehind(place, byte, line)
          // The first byte of an element is part of it, so it is not skipped.
          if (place !== 'within') at++
          continue
        }
        const end = elementEnd(chunk, at, inside)
        if (end === -1) return held.add(chunk.subarray(at))
        yield { line, bytes: held.take(chunk.subarray(at, end)) }
        line += inside.lines
        inside.lines = 0
        place = chunk[end] === COMMA ? 'next' : 'after'
        at = end + 1
      }
    },
    end() {
      if (place !== 'after') throw breaksOff(place, line)
      return []
    },
    bytesKept: () => held.bytesKept(),
  }
}

function placeBehind(place: Place, byte: number, line: number): Place {
  switch (place) {
    case 'before':
      if (byte === BRACKET) return 'first'
      throw noArray()
    case 'first':
      return byte === BRACKET_END ? 'after' : 'within'
    case 'after':
      throw new Failure('import_unreadable', `The users file goes on behind its array, in line ${line}.`)
    default:
      return 'within'
  }
}

function elementEnd(chunk: Buffer, from: number, inside: Inside): number {
  // Local variables for speed: the loop runs for each byte.
  let { depth, isText, isEscaped, lines } = inside
  let at = from
  for (; at < chunk.length; at++) {
    const byte = chunk[at]
    if (byte === NEWLINE) lines++
    if (isText) {
      if (isEscaped) isEscaped = false
      else if (byte === BACKSLASH) isEscaped = true
      else if (byte === QUOTE) isText = false
    } else if (byte === QUOTE) isText = true
    else if (byte === BRACE || byte === BRACKET) depth++
    else if (depth === 0 && (byte === COMMA || byte === BRACKET_END)) break
    else if (depth > 0 && (byte === BRACE_END || byte === BRACKET_END)) depth--
  }
  Object.assign(inside, { depth, isText, isEscaped, lines })
  return at < chunk.length ? at : -1
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === NEWLINE || byte === RETURN || byte === TAB
}

function noArray(): Failure {
  return new Failure('import_unreadable', 'The users file must be a JSON array of users.')
}

function breaksOff(place: Place, line: number): Failure {
  if (place === 'before') return noArray()
  const where = place === 'within' ? `within the user that begins in line ${line}` : `in line ${line}`
  return new Failure('import_unreadable', `The users file breaks off ${where}: its array does not end.`)
}
