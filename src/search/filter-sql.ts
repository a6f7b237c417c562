import type { Clause, Filter, NamedField } from '../domain/filter.ts'
import type { Bind } from './bind.ts'
import { existsInside, insideSql } from './inside-sql.ts'
import { anywhereSql, textColumn, textSql } from './text-sql.ts'

/**
 * A condition over the columns of `muster.users` that is true for whom the filter finds, and false or null
 * for others. Whatever came with the query is bound; only names of our own columns are in the SQL.
 *
 * Relies on the indexes users_user_id, users_email, users_username, users_phone_number, users_name,
 * users_created_at and users_last_login; all else reads every user.
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
      return `(${clause.field} = ${bind(String(clause.is))}::boolean)`
    case 'integer':
      return between(clause.field, [
        comparison('>=', clause.from, bind, 'bigint'),
        comparison('<=', clause.upTo, bind, 'bigint'),
      ])
    case 'moment':
      return between(clause.field, [
        comparison('>=', clause.from, bind, 'text'),
        comparison('<', clause.before, bind, 'text'),
      ])
    default:
      return clause satisfies never
  }
}

function existsSql(field: NamedField, bind: Bind): string {
  if (typeof field === 'object') return existsInside(field, bind)
  return `(${field === 'email.domain' ? textColumn(field).sql : field} is not null)`
}

function comparison(operator: string, value: string | number | undefined, bind: Bind, type: string): string {
  return value === undefined ? '' : `${operator} ${bind(String(value))}::${type}`
}

function between(column: string, comparisons: readonly string[]): string {
  const conditions = comparisons.filter((text) => text !== '').map((text) => `${column} ${text}`)
  return conditions.length === 0 ? `(${column} is not null)` : `(${conditions.join(' and ')})`
}
