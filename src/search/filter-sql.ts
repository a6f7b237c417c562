import type { Clause, Filter, NamedField } from '../domain/filter.ts'
import type { Bind } from './bind.ts'
import { existsInside, insideSql } from './inside-sql.ts'
import { anywhereSql, textColumn, textSql } from './text-sql.ts'

/**
 * A condition over the columns of `muster.users` that is true for whom the filter finds, and false or null
 * for others. Whatever came with the query is bound; only names of our own columns are in the SQL.
 *
 * Relies on the indexes users_user_id, users_email, users_lowered_email, users_username, users_lowered_username,
 * users_phone_number, users_name, users_created_at and users_last_login; all else reads every user.
 */
export function filterSql(filter: Filter, bind: Bind): string {
  switch (filter.kind) {
    case 'all':
      return filter.of.length === 0 ? 'true' : `(${joined(filter.of, ' and ', bind)})`
    case 'any':
      return filter.of.length === 0 ? 'false' : `(${joined(filter.of, ' or ', bind)})`
    case 'not':
      // What a user does not have is null, and null is not what was asked for: so not `not`.
      return `(${filterSql(filter.of, bind)} is not true)`
    default:
      return clauseSql(filter, bind)
  }
}

function joined(filters: readonly Filter[], operator: string, bind: Bind): string {
  return filters.map((filter) => filterSql(filter, bind)).join(operator)
}

function clauseSql(clause: Clause, bind: Bind): string {
  switch (clause.kind) {
    case 'exists':
      return existsSql(clause.field, bind)
    case 'anywhere':
      return anywhereSql(clause.test, bind)
    case 'text':
      return textSql(clause.field, clause.test, bind)
    case 'inside':
      return insideSql(clause.field, clause.test, bind)
    case 'boolean':
      return `(${clause.field} = (select ${bind(String(clause.is))}::boolean))`
    case 'integer':
      return comparisonsSql(clause.field, 'bigint', { '>=': clause.from, '<=': clause.upTo }, bind)
    case 'moment':
      // Kept as a profile shows them, which sorts as they do.
      return comparisonsSql(clause.field, 'text', { '>=': clause.from, '<': clause.before }, bind)
    default:
      return clause satisfies never
  }
}

function existsSql(field: NamedField, bind: Bind): string {
  if (typeof field === 'object') return existsInside(field, bind)
  return `(${field === 'email.domain' ? textColumn(field).sql : field} is not null)`
}

type Bounds = Readonly<Record<string, number | string | undefined>>

function comparisonsSql(column: string, type: string, bounds: Bounds, bind: Bind): string {
  const conditions = Object.entries(bounds).flatMap(([operator, value]) => {
    if (value === undefined) return []
    const bound = `${bind(String(value))}::${type}`
    // As in text-sql.ts.
    return [`${column} ${operator} ${INDEXED.has(column) ? bound : `(select ${bound})`}`]
  })
  return `(${conditions.join(' and ')})`
}

const INDEXED: ReadonlySet<string> = new Set(['created_at', 'last_login'])
