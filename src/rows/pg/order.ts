import assert from 'node:assert'
import type { SortAttribute } from '../../domain/export-request.ts'
import type { Sort } from '../../domain/sort.ts'
import { literal } from '../../pg/sql.ts'
import type { Relation } from '../../relations/relation.ts'

export interface Order {
  readonly key: string
  readonly column: string
  readonly toValue: (text: string) => string
  /** Without an index in this order each range must read the whole table. */
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
    isIndexed: relation.inOrder.has(attribute),
    direction: direction === 'ascending' ? 'asc' : 'desc',
  }
}

/** The key decides between equal values, so that the order is the same for every range and every export. */
export function orderBy({ key, column, direction }: Order): string {
  return `order by ${column} ${direction} nulls last, ${key} ${direction}`
}
