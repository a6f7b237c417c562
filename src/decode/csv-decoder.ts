import { isUtf8 } from 'node:buffer'
import type { CsvReading } from '../domain/import-request.ts'
import { splitCells } from './csv-cells.ts'
import { DELIMITERS, type Layout, layoutOf, noHeader } from './csv-layout.ts'
import { recordCutter } from './csv-records.ts'
import { type CellRecord, newSample } from './csv-sample.ts'
import type { Decoder } from './decoder.ts'
import { type Entry, type UnreadableEntry, unreadable } from './entry.ts'
import type { Piece } from './piece.ts'

export function csvDecoder(reading: CsvReading, bytesMax: number): Decoder {
  const cutter = recordCutter(bytesMax, reading.delimiter === undefined ? DELIMITERS : [reading.delimiter])
  const sample = newSample(reading.guard === 'detect' ? undefined : reading.guard)
  let layout: Layout | undefined
  function* read(pieces: Iterable<Piece>): Generator<Entry> {
    for (const piece of pieces) {
      if (layout === undefined) {
        layout = layoutOf(piece, reading)
        cutter.settle(layout.delimiter)
        if (reading.columns === undefined) continue
      }
      yield* sample.pass(recordOf(piece, layout, bytesMax), layout)
    }
  }
  return {
    decode: (chunk) => read(cutter.cut(chunk)),
    *end() {
      yield* read(cutter.end())
      if (layout === undefined && reading.columns === undefined) throw noHeader()
      yield* sample.rest(layout)
    },
    heldBack: () => sample.rest(layout),
  }
}

function recordOf(
  { line, bytes }: Piece,
  { delimiter }: Layout,
  bytesMax: number,
): CellRecord | UnreadableEntry {
  const name = `The record that begins in line ${line}`
  if (bytes === undefined) return unreadable(line, `${name} is longer than ${bytesMax} bytes`)
  if (!isUtf8(bytes)) return unreadable(line, `${name} is no UTF-8`)
  const cells = splitCells(bytes.toString('utf8'), delimiter)
  if (!('strayQuoteAt' in cells)) return { kind: 'record', line, bytes: bytes.length, cells }
  return unreadable(line, `${name} has a quote where none may be (at character ${cells.strayQuoteAt})`)
}
