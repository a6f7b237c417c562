import { ATTRIBUTES, type Attribute } from '../domain/profile.ts'
import type { Relation } from '../relations/relation.ts'
import { filterSql } from '../search/filter-sql.ts'
import { SQL_TYPES } from './pg-user-row.ts'
import type { Place, UserSearch } from './user-search.ts'

export interface Condition {
  /** Begins with `where`, or is empty. */
  readonly where: string
  readonly values: readonly unknown[]
}

/** Text of the client goes only into `values`, so it cannot become SQL. */
export function conditionOf(
  { connectionId, after, order, filter }: Pick<UserSearch, 'filter' | 'connectionId' | 'after' | 'order'>,
  relation: Relation,
): Condition {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${values.push(value)}::text`
  const ofConnection = connectionId !== undefined && relation.connection !== undefined
  const conditions = [
    ...(ofConnection ? [`${relation.connection} = ${bind(connectionId)}`] : []),
    ...(after === undefined ? [] : [isAfter(after, { order, relation, bind })]),
    ...(filter === undefined ? [] : [filterSql(filter, relation, bind)]),
  ]
  return { where: conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`, values }
}

/** Users without the attribute come last in both directions, as `isAfter` assumes. */
export function orderOf(order: UserSearch['order'], relation: Relation): string {
  const { sql: key } = relation.key
  if (order === undefined) return key
  const direction = order.direction === 'ascending' ? 'asc' : 'desc'
  return `${columnOf(order.attribute, relation).sql} ${direction} nulls last, ${key}`
}

/** SQL of an attribute, null if no user of the relation has it, and its type. */
export function columnOf(
  attribute: Attribute,
  relation: Relation,
): { readonly sql: string; readonly type: string } {
  const value = relation.column({ root: attribute, steps: [] })
  if (value.kind === 'never') return { sql: 'null::text', type: 'text' }
  return { sql: value.sql, type: SQL_TYPES[ATTRIBUTES[attribute].kind] }
}

interface Ordered {
  readonly order: UserSearch['order']
  readonly relation: Relation
  readonly bind: (value: unknown) => string
}

// A comparison of rows is not possible, because keys always ascend, also when the values descend.
function isAfter({ key, value }: Place, { order, relation, bind }: Ordered): string {
  const isLater = `${relation.key.sql} > ${bind(String(key))}::${relation.key.type}`
  if (order === undefined) return isLater
  const { sql, type } = columnOf(order.attribute, relation)
  if (value === undefined || value === null) return `(${sql} is null and ${isLater})`
  const bound = `${bind(value)}::${type}`
  const beyond = order.direction === 'ascending' ? '>' : '<'
  return `(${sql} ${beyond} ${bound} or (${sql} = ${bound} and ${isLater}) or ${sql} is null)`
}
