import { literal } from '../pg/sql.ts'
import type { Column } from '../plan/export-plan.ts'
import { joined } from './pg-line.ts'
import { isNeverNull, type Value, valueAt } from './pg-value.ts'

/** A member of the object that a line is. */
interface Member {
  readonly heading: string
  /** Of JSON text; SQL null where the user has no value. */
  readonly sql: string
  readonly isAlwaysThere: boolean
}

/** A line that is one JSON object. */
export function ndjsonLine(columns: readonly Column[]): string {
  return joined([`'{'`, ...pieces(members(columns)), String.raw`E'}\n'`])
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
