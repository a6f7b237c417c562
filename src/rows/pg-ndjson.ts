import { literal } from '../pg/sql.ts'
import type { Column } from '../plan/export-plan.ts'
import type { CopyShape } from './pg-csv.ts'
import { isNeverNull, type Value, valueAt } from './pg-value.ts'

/** A member of the object that a line is. */
interface Member {
  readonly heading: string
  /** Of JSON text; SQL null where the user has no value. */
  readonly sql: string
  readonly isAlwaysThere: boolean
}

/**
 * One JSON object a line. As COPY's binary format, which gives a text out as it is: the others look at each byte
 * for what they would have to quote.
 */
export function ndjsonShape(columns: readonly Column[]): CopyShape {
  return lineShape(joined([`'{'`, ...pieces(members(columns)), String.raw`E'}\n'`]))
}

/** Lines that an expression makes, each with its line feed. */
export function lineShape(sql: string): CopyShape {
  return { select: sql, options: 'format binary', isBinary: true, rewrites: [] }
}

// A heading asked for twice is one key, for a reader keeps only one: the last that has a value.
function members(columns: readonly Column[]): readonly Member[] {
  const byHeading = new Map<string, Column[]>()
  for (const column of columns)
    byHeading.set(column.heading, [column, ...(byHeading.get(column.heading) ?? [])])
  return [...byHeading].flatMap(([heading, same]) => {
    const values = same.flatMap(({ path }) => jsonText(valueAt(path)) ?? [])
    const [sql] = values
    if (sql === undefined) return []
    const isAlwaysThere = same.some(({ path }) => isNeverNull(path))
    return [{ heading, sql: values.length === 1 ? sql : `coalesce(${values.join(', ')})`, isAlwaysThere }]
  })
}

// A missing value makes its piece null, and so an empty text: keys of missing values are absent. The commas lie on
// the sides of the pieces that face the first member which is always there.
function pieces(all: readonly Member[]): readonly string[] {
  const middle = all.findIndex(({ isAlwaysThere }) => isAlwaysThere)
  if (middle === -1) return all.length === 0 ? [] : [withoutAny(all)]
  return all.map(({ heading, sql, isAlwaysThere }, index) => {
    const key = literal(`${index > middle ? ',' : ''}${JSON.stringify(heading)}:`)
    const piece = `${key} || ${sql}${index < middle ? ` || ','` : ''}`
    return isAlwaysThere ? piece : `coalesce(${piece}, '')`
  })
}

// Slower: it takes the text apart into characters.
function withoutAny(all: readonly Member[]): string {
  const each = all.map(
    ({ heading, sql }) => `coalesce(${literal(`,${JSON.stringify(heading)}:`)} || ${sql}, '')`,
  )
  return `substr(${joined(each)}, 2)`
}

function jsonText(value: Value): string | undefined {
  switch (value.kind) {
    case 'text':
      return `to_json(${value.sql})::text`
    case 'moment':
      return `'"' || ${value.sql} || '"'`
    case 'boolean':
    case 'integer':
    case 'any':
      return `${value.sql}::text`
    case 'never':
      return undefined
  }
}

// Halves of halves: a row of || copies what stands before it at each step, and concat(), which takes each argument
// for a value of any type, costs twice as much (measured, docs/adr/0009-what-a-line-costs.md).
function joined(pieces: readonly string[]): string {
  if (pieces.length <= 1) return pieces[0] ?? `''`
  const half = Math.ceil(pieces.length / 2)
  return `(${joined(pieces.slice(0, half))} || ${joined(pieces.slice(half))})`
}
