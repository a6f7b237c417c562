import { isUtf8 } from 'node:buffer'
import type { Json } from '../domain/json.ts'
import { type Entry, unreadable } from './entry.ts'
import type { Piece } from './piece.ts'

/** Reads a piece as one JSON value. `place` names its line in messages: `Line 7`. */
export function readJsonPiece({ line, bytes }: Piece, place: string, bytesMax: number): Entry {
  if (bytes === undefined) return unreadable(line, `${place} is longer than ${bytesMax} bytes`)
  if (!isUtf8(bytes)) return unreadable(line, `${place} is no UTF-8`)
  try {
    return { kind: 'user', line, value: JSON.parse(bytes.toString('utf8')) as Json, bytes: bytes.length }
  } catch (error) {
    return unreadable(line, `${place} is no JSON${where(error)}`)
  }
}

// The parser's own message quotes the text, which is users' data: only the position is taken from it.
function where(error: unknown): string {
  const position = /at position (\d+)/.exec(String(error))?.[1]
  return position === undefined ? '' : ` (at character ${Number(position) + 1})`
}
