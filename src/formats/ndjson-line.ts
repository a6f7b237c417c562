import { literal } from '../pg/sql.ts'
import type { Value } from '../relations/value.ts'
import type { ValueColumn } from './format.ts'
import { joined } from './joined.ts'

/** A member of the object that a line is. */
interface Member {
  readonly heading: string
  /** Of JSON text; SQL null where the user has no value. */
  readonly sql: string
  readonly isAlwaysThere: boolean
}

/** SQL of a line that is one JSON object. */
export function ndjsonLine(columns: readonly ValueColumn[]): string {
  return joined([`'{'`, ...pieces(members(columns)), String.raw`E'}\n'`])
}

// A heading asked for twice is one key, for a reader keeps only one: the last that has a value.
function members(columns: readonly ValueColumn[]): readonly Member[] {
  const byHeading = new Map<string, ValueColumn[]>()
  for (const column of columns)
    byHeading.set(column.heading, [column, ...(byHeading.get(column.heading) ?? [])])
  return [...byHeading].flatMap(([heading, same]) => {
    const values = same.flatMap(({ value }) => jsonText(value) ?? [])
    const [sql] = values
    if (sql === undefined) return []
    const isAlwaysThere = same.some(({ value }) => 'isNeverNull' in value && value.isNeverNull)
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
    case 'end':
      return `${value.sql}::text`
    case 'never':
      return undefined
    default:
      return value satisfies never
  }
}

/** Of a user who was deleted; `userId` is SQL of the id. */
export function ndjsonDeletion(userId: string): string {
  return String.raw`'{"user_id":' || to_json(${userId})::text || E',"deleted":true}\n'`
}
