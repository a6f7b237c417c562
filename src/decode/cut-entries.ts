import type { CsvReading, ImportFormat } from '../domain/import-request.ts'
import { elementCutter } from './array-elements.ts'
import { DELIMITERS, layoutOf } from './csv-layout.ts'
import { recordCutter } from './csv-records.ts'
import { DEFAULT_LIMITS } from './decode-options.ts'
import { lineCutter } from './lines.ts'
import type { Cutter, Piece } from './piece.ts'
import { plainBytes, withoutMark } from './plain-bytes.ts'

export interface CutPiece extends Piece {
  /** The header of a CSV file is no entry, but a file of rejects needs it too. */
  readonly isHeader: boolean
}

/**
 * For the file of rejects: the uncompressed bytes of each entry, unchanged, in the order of `decodeUsers`. A piece is
 * valid only until the next one, because a source may use its memory again.
 */
export async function* cutEntries(
  source: AsyncIterable<Uint8Array>,
  { format, csv = {} }: { readonly format: ImportFormat; readonly csv?: CsvReading },
): AsyncGenerator<CutPiece> {
  const cut = CUTTERS[format](csv)
  for await (const chunk of withoutMark(plainBytes(source, DEFAULT_LIMITS))) yield* cut(chunk)
  yield* cut()
}

/** At the end of the file, called without a chunk: gives what is left. */
type Cut = (chunk?: Buffer) => Iterable<CutPiece>

const CUTTERS: Readonly<Record<ImportFormat, (csv: CsvReading) => Cut>> = {
  ndjson: () => withoutHeader(lineCutter(DEFAULT_LIMITS.entryBytesMax)),
  json: () => withoutHeader(elementCutter(DEFAULT_LIMITS.entryBytesMax)),
  csv: withHeader,
}

function withoutHeader(cutter: Cutter): Cut {
  return function* (chunk) {
    for (const piece of chunk === undefined ? cutter.end() : cutter.cut(chunk))
      yield { ...piece, isHeader: false }
  }
}

// The header shows the delimiter, which decides where a quoted cell may begin.
function withHeader(reading: CsvReading): Cut {
  const { entryBytesMax } = DEFAULT_LIMITS
  const cutter = recordCutter(
    entryBytesMax,
    reading.delimiter === undefined ? DELIMITERS : [reading.delimiter],
  )
  let isFirst = true
  return function* (chunk) {
    for (const piece of chunk === undefined ? cutter.end() : cutter.cut(chunk)) {
      const isHeader = isFirst && reading.columns === undefined
      if (isFirst) cutter.settle(layoutOf(piece, reading).delimiter)
      isFirst = false
      yield { ...piece, isHeader }
    }
  }
}
