import type { Clause, Filter, NamedField } from '../domain/filter.ts'
import type { Attribute } from '../domain/profile.ts'
import type { Relation } from '../relations/relation.ts'
import type { Bind } from './bind.ts'
import { existsInside, insideSql } from './inside-sql.ts'
import { anywhereSql, textSql } from './text-sql.ts'

/**
 * True for the users that the filter finds, false or null for all others. Values of the query are bound, and only the
 * relation's own SQL is in the text. A search by an attribute without an index reads every user.
 */
export function filterSql(filter: Filter, relation: Relation, bind: Bind): string {
  switch (filter.kind) {
    case 'all':
    case 'any': {
      const conditions = filter.of.map((of) => filterSql(of, relation, bind))
      if (conditions.length === 0) return String(filter.kind === 'all')
      return `(${conditions.join(filter.kind === 'all' ? ' and ' : ' or ')})`
    }
    case 'not':
      // Not the operator `not`: it makes null of null, and users without the attribute would not be found.
      return `(${filterSql(filter.of, relation, bind)} is not true)`
    default:
      return clauseSql(filter, relation, bind)
  }
}

function clauseSql(clause: Clause, relation: Relation, bind: Bind): string {
  switch (clause.kind) {
    case 'exists':
      return existsSql(clause.field, relation, bind)
    case 'anywhere':
      return anywhereSql(clause.test, relation, bind)
    case 'text':
      return textSql(clause, relation, bind)
    case 'inside':
      return insideSql(clause, relation, bind)
    case 'boolean':
      return whereThere(relation, clause.field, (column) => {
        return `(${column} = (select ${bind(String(clause.is))}::boolean))`
      })
    case 'integer':
    case 'moment':
      return comparisonsSql(clause, relation, bind)
    default:
      return clause satisfies never
  }
}

function whereThere(
  relation: Relation,
  attribute: Attribute,
  conditionOn: (column: string) => string,
): string {
  const value = relation.column({ root: attribute, steps: [] })
  return value.kind === 'never' ? 'false' : conditionOn(value.sql)
}

function existsSql(field: NamedField, relation: Relation, bind: Bind): string {
  if (typeof field === 'object') return existsInside(field, relation, bind)
  if (field === 'email.domain') return `(${relation.texts[field].sql} is not null)`
  return whereThere(relation, field, (column) => `(${column} is not null)`)
}

function comparisonsSql(
  clause: Extract<Clause, { kind: 'integer' | 'moment' }>,
  relation: Relation,
  bind: Bind,
): string {
  // Timestamps are stored as texts, as a profile shows them. In that form texts sort as the times do.
  const [type, upper] =
    clause.kind === 'integer'
      ? ['bigint', ['<=', clause.upTo] as const]
      : ['text', ['<', clause.before] as const]
  return whereThere(relation, clause.field, (column) => {
    const conditions = [['>=', clause.from] as const, upper].flatMap(([operator, value]) => {
      if (value === undefined) return []
      const bound = `${bind(String(value))}::${type}`
      // A subselect only without an index, as in boundText of text-sql.ts: with an index it would hide from the planner
      // how many users match.
      return [`${column} ${operator} ${relation.indexed.has(clause.field) ? bound : `(select ${bound})`}`]
    })
    return `(${conditions.join(' and ')})`
  })
}
