import type { Column } from '../plan/export-plan.ts'
import { momentText, type Value, valueAt } from './pg-value.ts'

interface Cell {
  readonly sql: string
  readonly isQuoted: boolean
}

export interface CopyShape {
  readonly select: string
  readonly options: string
  /** Some cells carry BARE_MARK. */
  readonly isMarked: boolean
}

/**
 * Auth0's CSV: every text is `"'…"`, which keeps spreadsheets from running it as a formula; moments, booleans
 * and numbers are bare; a missing value is an empty cell.
 */
export function csvShape(columns: readonly Column[]): CopyShape {
  const values = columns.map((column) => valueAt(column.path))
  const cells = values.map(cellOf)
  const quoted = cells.flatMap((cell, index) => (cell.isQuoted ? [`c${index}`] : []))
  // A line with one empty cell would be an empty line, which most readers skip: a user lost. An empty text,
  // unlike a missing one, is written as "".
  const filled = (sql: string): string => (cells.length === 1 ? `coalesce((${sql})::text, '')` : sql)
  return {
    select: cells.map((cell, index) => `${filled(cell.sql)} as c${index}`).join(', '),
    options: quoted.length === 0 ? 'format csv' : `format csv, force_quote (${quoted.join(', ')})`,
    isMarked: values.some((value) => value.kind === 'any'),
  }
}

function cellOf(value: Value): Cell {
  switch (value.kind) {
    case 'text':
      return { sql: `'''' || ${value.sql}`, isQuoted: true }
    case 'boolean':
      return { sql: `${value.sql}::text`, isQuoted: false }
    case 'integer':
      return { sql: value.sql, isQuoted: false }
    case 'moment':
      return { sql: momentText(value.sql), isQuoted: false }
    case 'any':
      return { sql: anyCell(value.sql), isQuoted: true }
    case 'never':
      return { sql: 'null::text', isQuoted: false }
  }
}

// PostgreSQL writes jsonb with a space behind each comma and colon: everything between strings goes.
const COMPACT = String.raw`regexp_replace(v::text, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g')`

function anyCell(sql: string): string {
  return `(select case jsonb_typeof(v)
    when 'string' then '''' || (v #>> '{}')
    when 'null' then null
    when 'object' then '''' || ${COMPACT}
    when 'array' then '''' || ${COMPACT}
    else E'\\x01' || v::text end from (select ${sql} as v) as cell)`
}
