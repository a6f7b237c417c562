import { isUtf8 } from 'node:buffer'
import { readJsonText } from '../domain/read-json.ts'
import { RepeatedName } from '../domain/read-members.ts'
import { elementCutter } from './array-elements.ts'
import type { Decoder } from './decoder.ts'
import { type Entry, repeats, unreadable } from './entry.ts'
import { unflattened } from './flat-members.ts'
import { lineCutter } from './lines.ts'
import type { Cutter, Piece } from './piece.ts'

export function ndjsonDecoder(bytesMax: number): Decoder {
  return jsonDecoder(lineCutter(bytesMax), (piece) =>
    readPiece(piece, { name: `Line ${piece.line}`, bytesMax, isVerbatim: false }),
  )
}

export function arrayDecoder(bytesMax: number, isVerbatim = false): Decoder {
  return jsonDecoder(elementCutter(bytesMax), (piece) =>
    readPiece(piece, { name: `The user that begins in line ${piece.line}`, bytesMax, isVerbatim }),
  )
}

function jsonDecoder(cutter: Cutter, read: (piece: Piece) => Entry): Decoder {
  function* readAll(pieces: Iterable<Piece>): Generator<Entry> {
    for (const piece of pieces) yield read(piece)
  }
  return {
    decode: (chunk) => readAll(cutter.cut(chunk)),
    end: () => readAll(cutter.end()),
    heldBack: () => [],
  }
}

interface Reading {
  readonly name: string
  readonly bytesMax: number
  readonly isVerbatim: boolean
}

function readPiece({ line, bytes }: Piece, { name, bytesMax, isVerbatim }: Reading): Entry {
  if (bytes === undefined) return unreadable(line, `${name} is longer than ${bytesMax} bytes`)
  if (!isUtf8(bytes)) return unreadable(line, `${name} is no UTF-8`)
  try {
    const read = readJsonText(bytes.toString('utf8'))
    const value = isVerbatim ? read.value : unflattened(read.value)
    if (value === undefined) return unreadable(line, `${name} gives one attribute two values`)
    // A path as a name may make the value deeper than the text. So the value is checked again.
    const isPlain = read.isPlain && value === read.value
    return { kind: 'user', line, value, bytes: bytes.length + read.growth, isPlain }
  } catch (error) {
    if (error instanceof RepeatedName) return repeats(line, name, error)
    return unreadable(line, `${name} is not JSON${where(error)}`)
  }
}

// The parser's message quotes the text, which is users' data. So only its position is used.
function where(error: unknown): string {
  const position = /at position (\d+)/.exec(String(error))?.[1]
  return position === undefined ? '' : ` (at character ${Number(position) + 1})`
}
