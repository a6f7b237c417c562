import type { SortAttribute } from '../domain/export-request.ts'
import type { Sort } from '../domain/sort.ts'
import { literal } from '../pg/sql.ts'

/** What users are sorted by, in words of SQL. Who has no value comes last, either way. */
export interface Order {
  readonly column: string
  /** The column's value as text, and that text as a value again. */
  readonly text: string
  readonly toValue: (text: string) => string
  /** Whether an index gives out this order, so that a slice of it need not read the whole table. */
  readonly isIndexed: boolean
  readonly direction: 'asc' | 'desc'
}

const INDEXED: readonly SortAttribute[] = ['created_at', 'last_login', 'email', 'user_id']

export function orderOf({ attribute, direction }: Sort<SortAttribute>): Order {
  return {
    column: attribute,
    ...kindOf(attribute),
    isIndexed: INDEXED.includes(attribute),
    direction: direction === 'ascending' ? 'asc' : 'desc',
  }
}

function kindOf(attribute: SortAttribute): Pick<Order, 'text' | 'toValue'> {
  if (attribute === 'logins_count')
    return { text: `${attribute}::text`, toValue: (text) => `${literal(text)}::bigint` }
  return { text: attribute, toValue: (text) => `${literal(text)}::text` }
}

/** Total, so the same in every snapshot: equals by key, and backwards is backwards for them too. */
export function orderBy({ column, direction }: Order): string {
  return `order by ${column} ${direction} nulls last, key ${direction}`
}
