import type { CsvDialect } from '../domain/export-request.ts'
import { FORMULA_BEHIND, FORMULA_START, SEPARATOR } from '../domain/formula-start.ts'
import { literal } from '../pg/sql.ts'
import type { Value } from '../relations/value.ts'
import type { ValueColumn } from './format.ts'
import { joined } from './joined.ts'

/**
 * A line of Auth0's CSV in a dialect:
 * 1. Every text is `"…"`. A guard puts a `'` in front, so that no spreadsheet runs the text as a formula.
 * 2. Timestamps, booleans and numbers are bare. So quotes distinguish texts from all other values, with every guard.
 * 3. A missing value is an empty cell.
 */
export function csvLine(columns: readonly ValueColumn[], dialect: CsvDialect): string {
  const last = columns.length - 1
  return joined(
    columns.map(({ value }, index) => {
      const behind = index === last ? dialect.newline : dialect.delimiter
      // A line with one empty cell would be an empty line, which most readers skip, so the user would be lost.
      const missing = literal(`${last === 0 ? '""' : ''}${behind}`)
      return cellOf(value, { ...writersOf(dialect.guard, behind), missing })
    }),
  )
}

interface Writers {
  /** Also for JSON objects and arrays, since an import must read such a cell as a text again. */
  readonly text: (sql: string) => string
  readonly bare: (sql: string) => string
  readonly missing: string
}

function writersOf(guard: CsvDialect['guard'], behind: string): Omit<Writers, 'missing'> {
  const quoted = (open: string, sql: string): string =>
    `${open} || replace(${sql}, '"', '""') || ${literal(`"${behind}`)}`
  const guarded = (sql: string): string => quoted(literal(`"'`), sql)
  const plain = (sql: string): string => quoted(literal('"'), sql)
  const atStart = (sql: string): string =>
    `case when ${sql} ~ ${literal(FORMULA_START)} then ${literal(`"'`)} else ${literal('"')} end`
  // For speed, one regular expression sorts out the texts that need no guard at all, which are most.
  const asNeeded = (sql: string): string => {
    const isSuspect = `${sql} ~ ${literal(`${FORMULA_START}|${SEPARATOR}`)}`
    return `case when ${isSuspect} then ${quoted(atStart(sql), guardedInside(sql))} else ${plain(sql)} end`
  }
  return {
    text: { auth0: guarded, formula: asNeeded, none: plain }[guard],
    bare: (sql) => `${sql} || ${literal(behind)}`,
  }
}

function guardedInside(sql: string): string {
  const where = literal(`(${SEPARATOR})(?=${FORMULA_BEHIND})`)
  return `regexp_replace(${sql}, ${where}, ${literal(String.raw`\1'`)}, 'g')`
}

function cellOf(value: Value, write: Writers): string {
  switch (value.kind) {
    case 'text':
      return present(value, write.text(value.sql), write)
    case 'moment':
      return present(value, write.bare(value.sql), write)
    case 'boolean':
    case 'integer':
      return present(value, write.bare(`${value.sql}::text`), write)
    case 'any':
      return anyCell(value, write)
    case 'end':
      return endCell(value.sql, write)
    case 'never':
      return write.missing
    default:
      return value satisfies never
  }
}

type Plain = Exclude<Value, { readonly kind: 'end' | 'never' }>

function present({ isNeverNull }: Plain, cell: string, { missing }: Writers): string {
  return isNeverNull === true ? `(${cell})` : `coalesce(${cell}, ${missing})`
}

// PostgreSQL writes jsonb with a space after each comma and colon, and Auth0 does not. So blanks outside of strings are
// removed.
const compact = (sql: string): string =>
  String.raw`regexp_replace(${sql}::text, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g')`

// Without a subselect: it costs more than to look up the value a second time.
function anyCell({ sql, text }: Extract<Value, { kind: 'any' }>, write: Writers): string {
  return `case jsonb_typeof(${sql})
    when 'string' then ${write.text(text)}
    when 'boolean' then ${write.bare(text)}
    when 'number' then ${write.bare(text)}
    when 'object' then ${write.text(compact(sql))}
    when 'array' then ${write.text(compact(sql))}
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
