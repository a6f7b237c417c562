import type { CsvDialect } from '../domain/export-request.ts'
import { FORMULA_START } from '../domain/formula-start.ts'
import { literal } from '../pg/sql.ts'
import type { Column } from '../plan/export-plan.ts'
import { joined } from './pg-line.ts'
import { isNeverNull, strictlyAt, type Value, valueAt } from './pg-value.ts'

/** `end` is `any` that is written so that it can be read back. */
type CellValue = Value | { readonly kind: 'end'; readonly sql: string }

/**
 * A line of Auth0's CSV, and what differs from it as asked for: every text is `"…"`, behind a `'` as the guard says,
 * which keeps spreadsheets from running it as a formula; moments, booleans and numbers are bare; a missing value is
 * an empty cell. So quotes tell texts from all else, whatever the guard.
 */
export function csvLine(columns: readonly Column[], dialect: CsvDialect): string {
  const last = columns.length - 1
  return joined(
    columns.map((column, index) => {
      const behind = index === last ? dialect.newline : dialect.delimiter
      // A line with one empty cell would be an empty line, which most readers skip: a user lost.
      const missing = literal(`${last === 0 ? '""' : ''}${behind}`)
      return cellOf(column, { ...writersOf(dialect.guard, behind), missing })
    }),
  )
}

/** From the SQL of a value to that of its cell and what stands behind it; null of a null. */
interface Writers {
  readonly text: (sql: string) => string
  /** Of a JSON object or array as text, which only Auth0's guard is for. */
  readonly structure: (sql: string) => string
  readonly bare: (sql: string) => string
  /** The cell of a value that is not there. */
  readonly missing: string
}

function writersOf(guard: CsvDialect['guard'], behind: string): Omit<Writers, 'missing'> {
  const quoted = (open: string, sql: string): string =>
    `${open} || replace(${sql}, '"', '""') || ${literal(`"${behind}`)}`
  const guarded = (sql: string): string => quoted(literal(`"'`), sql)
  const plain = (sql: string): string => quoted(literal('"'), sql)
  const asNeeded = (sql: string): string =>
    quoted(`case when ${sql} ~ ${literal(FORMULA_START)} then ${literal(`"'`)} else ${literal('"')} end`, sql)
  return {
    text: { auth0: guarded, formula: asNeeded, none: plain }[guard],
    structure: guard === 'auth0' ? guarded : plain,
    bare: (sql) => `${sql} || ${literal(behind)}`,
  }
}

function cellOf(column: Column, write: Writers): string {
  const value = cellValue(column)
  switch (value.kind) {
    case 'text':
      return present(column, write.text(value.sql), write)
    case 'moment':
      return present(column, write.bare(value.sql), write)
    case 'boolean':
    case 'integer':
      return present(column, write.bare(`${value.sql}::text`), write)
    case 'any':
      return anyCell(value, write)
    case 'end':
      return endCell(value.sql, write)
    case 'never':
      return write.missing
  }
}

function cellValue({ path, isEnd }: Column): CellValue {
  return isEnd === true ? { kind: 'end', sql: strictlyAt(path) } : valueAt(path)
}

function present({ path }: Column, cell: string, { missing }: Writers): string {
  return isNeverNull(path) ? `(${cell})` : `coalesce(${cell}, ${missing})`
}

// PostgreSQL writes jsonb with a space behind each comma and colon: everything between strings goes.
const compact = (sql: string): string =>
  String.raw`regexp_replace(${sql}::text, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g')`

// Without a subselect: looking the value up again where it is a text costs less.
function anyCell({ sql, text }: Extract<Value, { kind: 'any' }>, write: Writers): string {
  return `case jsonb_typeof(${sql})
    when 'string' then ${write.text(text)}
    when 'boolean' then ${write.bare(text)}
    when 'number' then ${write.bare(text)}
    when 'object' then ${write.structure(compact(sql))}
    when 'array' then ${write.structure(compact(sql))}
    else ${write.missing} end`
}

function endCell(sql: string, write: Writers): string {
  const { missing } = write
  const empty = (json: string): string =>
    `case when v = ${literal(json)} then ${write.bare(literal(json))} else ${missing} end`
  return `(select case jsonb_typeof(v)
    when 'string' then ${write.text(`(v #>> '{}')`)}
    when 'object' then ${empty('{}')}
    when 'array' then ${empty('[]')}
    else coalesce(${write.bare('v::text')}, ${missing}) end from (select ${sql} as v offset 0) as cell)`
}
