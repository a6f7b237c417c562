import type { CsvDialect } from '../domain/export-request.ts'
import { FORMULA_START } from '../domain/formula-start.ts'
import { literal } from '../pg/sql.ts'
import type { Column } from '../plan/export-plan.ts'
import { BARE_MARK, bareCells } from './bare-cells.ts'
import { crlfLines, END_MARK } from './crlf-lines.ts'
import { strictlyAt, type Value, valueAt } from './pg-value.ts'
import type { Rewrite } from './rewrite-lines.ts'

/** `end` is `any` that is written so that it can be read back. */
type CellValue = Value | { readonly kind: 'end'; readonly sql: string }

interface Cell {
  readonly sql: string
  readonly isQuoted: boolean
}

export interface CopyShape {
  readonly select: string
  readonly options: string
  /** COPY's binary format with one column, which is a text. */
  readonly isBinary: boolean
  /** What is left to do to the bytes that COPY gives out. */
  readonly rewrites: readonly Rewrite[]
}

/**
 * Auth0's CSV, and what differs from it as asked for: every text is `"…"`, behind a `'` as the guard says, which
 * keeps spreadsheets from running it as a formula; moments, booleans and numbers are bare; a missing value is an
 * empty cell. So quotes tell texts from all else, whatever the guard.
 */
export function csvShape(columns: readonly Column[], dialect: CsvDialect): CopyShape {
  const values = columns.map(cellValue)
  const isMarked = values.some((value) => value.kind === 'any' || value.kind === 'end')
  const write = writersOf(dialect.guard, isMarked)
  const cells = values.map((value) => cellOf(value, write))
  // A line with one empty cell would be an empty line, which most readers skip: a user lost.
  const filled = (sql: string): string => (cells.length === 1 ? `coalesce((${sql})::text, '')` : sql)
  const isCrlf = dialect.newline === '\r\n'
  const written = [
    ...cells.map((cell) => ({ ...cell, sql: filled(cell.sql) })),
    ...(isCrlf ? [{ sql: literal(END_MARK), isQuoted: true }] : []),
  ]
  return {
    select: written.map((cell, index) => `${cell.sql} as c${index}`).join(', '),
    options: optionsOf(written, dialect),
    isBinary: false,
    rewrites: [...(isCrlf ? [crlfLines(dialect.delimiter)] : []), ...(isMarked ? [bareCells] : [])],
  }
}

function optionsOf(cells: readonly Cell[], { delimiter }: CsvDialect): string {
  const quoted = cells.flatMap((cell, index) => (cell.isQuoted ? [`c${index}`] : []))
  return [
    'format csv',
    ...(delimiter === ',' ? [] : [`delimiter ${literal(delimiter)}`]),
    ...(quoted.length === 0 ? [] : [`force_quote (${quoted.join(', ')})`]),
  ].join(', ')
}

/** From the SQL of a value to that of its cell. */
interface Writers {
  readonly text: (sql: string) => string
  /** Of a JSON object or array as text, which only Auth0's guard is for. */
  readonly structure: (sql: string) => string
}

function writersOf(guard: CsvDialect['guard'], isMarked: boolean): Writers {
  const guarded = (sql: string): string => `'''' || ${sql}`
  if (guard === 'auth0') return { text: guarded, structure: guarded }
  const text = (sql: string): string => {
    const cases = [
      ...(guard === 'formula' ? [`when ${sql} ~ ${literal(FORMULA_START)} then ${guarded(sql)}`] : []),
      ...(isMarked ? [`when ${sql} ^@ ${literal(BARE_MARK)} then ${literal(BARE_MARK)} || ${sql}`] : []),
    ]
    return cases.length === 0 ? sql : `case ${cases.join(' ')} else ${sql} end`
  }
  return { text, structure: (sql) => sql }
}

function cellValue({ path, isEnd }: Column): CellValue {
  return isEnd === true ? { kind: 'end', sql: strictlyAt(path) } : valueAt(path)
}

function cellOf(value: CellValue, write: Writers): Cell {
  switch (value.kind) {
    case 'text':
      return { sql: write.text(value.sql), isQuoted: true }
    case 'boolean':
      return { sql: `${value.sql}::text`, isQuoted: false }
    case 'integer':
      return { sql: value.sql, isQuoted: false }
    case 'moment':
      return { sql: value.sql, isQuoted: false }
    case 'any':
      return { sql: anyCell(value, write), isQuoted: true }
    case 'end':
      return { sql: endCell(value.sql, write), isQuoted: true }
    case 'never':
      return { sql: 'null::text', isQuoted: false }
  }
}

// PostgreSQL writes jsonb with a space behind each comma and colon: everything between strings goes.
const compact = (sql: string): string =>
  String.raw`regexp_replace(${sql}::text, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g')`

// Without a subselect: looking the value up again where it is a text costs less.
function anyCell({ sql, text }: Extract<Value, { kind: 'any' }>, write: Writers): string {
  return `case jsonb_typeof(${sql})
    when 'string' then ${write.text(text)}
    when 'null' then null
    when 'object' then ${write.structure(compact(sql))}
    when 'array' then ${write.structure(compact(sql))}
    else ${literal(BARE_MARK)} || ${text} end`
}

function endCell(sql: string, write: Writers): string {
  const bare = literal(BARE_MARK)
  return `(select case jsonb_typeof(v)
    when 'string' then ${write.text(`(v #>> '{}')`)}
    when 'object' then case when v = '{}' then ${bare} || '{}' end
    when 'array' then case when v = '[]' then ${bare} || '[]' end
    else ${bare} || v::text end from (select ${sql} as v offset 0) as cell)`
}
