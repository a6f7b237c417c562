import { isUtf8 } from 'node:buffer'
import { Failure } from '../domain/failure.ts'
import type { CsvReading } from '../domain/import-request.ts'
import { trimmed } from '../domain/near-name.ts'
import { type Cell, splitCells } from './csv-cells.ts'
import { type Column, columnsOf, countKnown } from './csv-columns.ts'
import { headingOf, possibleGuards } from './csv-guard.ts'
import type { Delimiter, Guard } from './decode-options.ts'
import type { Piece } from './piece.ts'

export const DELIMITERS: readonly Delimiter[] = [',', ';', '\t']

export interface Layout {
  readonly delimiter: Delimiter
  readonly columns: readonly Column[]
  readonly possible: readonly Guard[]
  readonly bytes: number
}

/**
 * The first line is the header, or the first user if `columns` gives the headings. Fails with `import_unreadable` if no
 * user can be read with this header.
 */
export function layoutOf(piece: Piece, { delimiter: given, columns }: CsvReading): Layout {
  const text = textOf(piece)
  const delimiter = given ?? delimiterOf(text, columns)
  if (columns !== undefined) {
    const bytes = Buffer.byteLength(columns.join(delimiter))
    return { delimiter, columns: columnsOf(columns), possible: ['auth0', 'none'], bytes }
  }
  const cells = splitCells(text, delimiter)
  if ('strayQuoteAt' in cells) {
    throw badHeader(`has a quote where none may be (at character ${cells.strayQuoteAt})`)
  }
  if (cells.some(({ text, isQuoted }) => !isQuoted && text.includes('\r'))) {
    throw badHeader('has a CR in it: lines must end with LF or CR LF')
  }
  const possible = possibleGuards(cells, delimiter)
  const headings = cells.map((cell) => headingOf(cell, possible))
  checkHeadings(headings)
  return { delimiter, columns: columnsOf(headings), possible, bytes: Buffer.byteLength(text) }
}

// People and tools write a comment before the header, and some a line for Excel. The message says what to remove.
function checkHeadings(headings: readonly string[]): void {
  if (countKnown(headings) > 0) return
  const [first = ''] = headings.map(trimmed)
  if (/^(?:#|\/\/|--)/.test(first)) throw badHeader('is a comment: take it away, it must name the columns')
  if (/^sep=/i.test(first))
    throw badHeader('is for Excel alone (sep=): take it away, it must name the columns')
  throw badHeader(
    'names no attribute of a user, such as email or user_id. If it is the first user, say in the parameter columns what its columns are',
  )
}

function textOf({ bytes }: Piece): string {
  if (bytes === undefined) throw badHeader('is longer than a record may be')
  if (!isUtf8(bytes)) throw badHeader('is no UTF-8')
  return bytes.toString('utf8')
}

/**
 * The delimiter that makes the most known attributes of the headings: others split a heading or join two. If several
 * do, the one with the most cells.
 */
function delimiterOf(line: string, columns: readonly string[] | undefined): Delimiter {
  const scored = DELIMITERS.map((delimiter) => {
    const cells = splitCells(line, delimiter)
    return { delimiter, ...('strayQuoteAt' in cells ? NO_SENSE : senseOf(cells, columns)) }
  })
  const [best] = scored.toSorted((a, b) => b.known - a.known || b.cells - a.cells)
  return best?.delimiter ?? ','
}

const NO_SENSE = { known: -1, cells: 0 }

function senseOf(cells: readonly Cell[], columns: readonly string[] | undefined): typeof NO_SENSE {
  const isAsGiven = cells.length === columns?.length
  const known = columns === undefined ? countKnown(cells.map(({ text }) => text)) : Number(isAsGiven)
  return { known, cells: cells.length }
}

export function noHeader(): Failure {
  return new Failure('import_unreadable', 'The users file is empty: its first line must name the columns.')
}

function badHeader(problem: string): Failure {
  return new Failure('import_unreadable', `The header of the users file, its first line, ${problem}.`)
}
