import { ExactNumber } from '../domain/exact-number.ts'
import type { CsvDialect } from '../domain/export-request.ts'
import type { FieldPath } from '../domain/field-path.ts'
import { FORMULA_START, guardedInside } from '../domain/formula-start.ts'
import type { Json, JsonObject } from '../domain/json.ts'
import { ATTRIBUTES, isAttribute } from '../domain/profile.ts'
import { writeJson } from '../domain/write-json.ts'
import { endAt, valueAt } from './value-at.ts'

export interface CsvColumn {
  readonly heading: string
  readonly path: FieldPath
  /** Writes only ends: `null`, `{}` and `[]` stand bare in the cell, and a value that goes on has none. */
  readonly isEnd?: boolean
}

const FORMULA = new RegExp(FORMULA_START)

/** A record by the rules of an export (docs/csv.md). `formats/csv-line.ts` has the same rules in SQL. */
export function csvText(user: JsonObject, columns: readonly CsvColumn[], dialect: CsvDialect): string {
  const cells = columns.map((column) => cellOf(user, column, dialect.guard))
  // One empty cell would be an empty line, which most readers skip.
  const [only] = cells
  if (cells.length === 1 && only === '') return `""${dialect.newline}`
  return cells.join(dialect.delimiter) + dialect.newline
}

function cellOf(user: JsonObject, { path, isEnd }: CsvColumn, guard: CsvDialect['guard']): string {
  if (isEnd === true) return endCell(endAt(user, path), guard)
  const value = valueAt(user, path)
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return isMoment(path, value) ? value : quoted(value, guard)
  return isStructure(value) ? quoted(writeJson(value), guard) : writeJson(value)
}

function endCell(value: Json | undefined, guard: CsvDialect['guard']): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? quoted(value, guard) : writeJson(value)
}

function isStructure(value: Json): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber)
}

const MOMENT = /^\d{4,6}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/

/** A timestamp of Muster stands bare. What a file has there in another form is a text. */
function isMoment({ root, steps }: FieldPath, value: string): boolean {
  return isAttribute(root) && ATTRIBUTES[root].kind === 'moment' && steps.length === 0 && MOMENT.test(value)
}

function quoted(text: string, guard: CsvDialect['guard']): string {
  return `"${guarded(text, guard).replaceAll('"', '""')}"`
}

function guarded(text: string, guard: CsvDialect['guard']): string {
  switch (guard) {
    case 'auth0':
      return `'${text}`
    case 'formula':
      return `${FORMULA.test(text) ? "'" : ''}${guardedInside(text)}`
    case 'none':
      return text
  }
}
