import assert from 'node:assert'
import type { SortAttribute } from '../../domain/export-request.ts'
import type { Sort } from '../../domain/sort.ts'
import { literal } from '../../pg/sql.ts'
import type { Relation } from '../../relations/relation.ts'

/** What users are sorted by, in words of SQL. Who has no value comes last, either way. */
export interface Order {
  readonly key: string
  readonly column: string
  /** A value's text as a value again. */
  readonly toValue: (text: string) => string
  /** Whether an index gives out this order, so that a range of it need not read the whole table. */
  readonly isIndexed: boolean
  readonly direction: 'asc' | 'desc'
}

export function orderOf({ attribute, direction }: Sort<SortAttribute>, relation: Relation): Order {
  const value = relation.column({ root: attribute, steps: [] })
  assert(value.kind !== 'never', 'users are sorted by what they have')
  const type = value.kind === 'integer' ? 'bigint' : 'text'
  return {
    key: relation.key.sql,
    column: value.sql,
    toValue: (text) => `${literal(text)}::${type}`,
    isIndexed: relation.indexed.has(attribute),
    direction: direction === 'ascending' ? 'asc' : 'desc',
  }
}

/** Total, so the same in every snapshot: equals by key, and backwards is backwards for them too. */
export function orderBy({ key, column, direction }: Order): string {
  return `order by ${column} ${direction} nulls last, ${key} ${direction}`
}
