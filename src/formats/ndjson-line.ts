import { literal } from '../pg/sql.ts'
import type { Value } from '../relations/value.ts'
import type { ValueColumn } from './format.ts'
import { joined } from './joined.ts'

interface Member {
  readonly heading: string
  readonly sql: string
  readonly isAlwaysThere: boolean
}

export function ndjsonLine(columns: readonly ValueColumn[]): string {
  return joined([`'{'`, ...pieces(members(columns)), String.raw`E'}\n'`])
}

// JSON readers keep one member of each name. So if two columns have one heading, the line has the last one with a value.
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

// A missing value makes its whole piece null, and coalesce makes that an empty text, so the key is absent too. Each
// comma is part of a piece, on the side of a member that is never missing. So no comma is left over.
function pieces(all: readonly Member[]): readonly string[] {
  const middle = all.findIndex(({ isAlwaysThere }) => isAlwaysThere)
  if (middle === -1) return all.length === 0 ? [] : [withoutAny(all)]
  return all.map(({ heading, sql, isAlwaysThere }, index) => {
    const key = literal(`${index > middle ? ',' : ''}${JSON.stringify(heading)}:`)
    const piece = `${key} || ${sql}${index < middle ? ` || ','` : ''}`
    return isAlwaysThere ? piece : `coalesce(${piece}, '')`
  })
}

// No member is always present, so each piece begins with a comma and substr removes the first. That is slower.
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

export function ndjsonDeletion(userId: string): string {
  return String.raw`'{"user_id":' || to_json(${userId})::text || E',"deleted":true}\n'`
}
