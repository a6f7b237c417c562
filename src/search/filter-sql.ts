import type { Clause, Filter, NamedField } from '../domain/filter.ts'
import type { Attribute } from '../domain/profile.ts'
import type { Relation } from '../relations/relation.ts'
import type { Bind } from './bind.ts'
import { existsInside, insideSql } from './inside-sql.ts'
import { anywhereSql, textSql } from './text-sql.ts'

/**
 * A condition on the users of a relation that is true for those that the filter finds, and false or null for others. What
 * came with the query is bound; only the relation's own SQL is in the text. Attributes that the relation has no index for
 * read every user.
 */
export function filterSql(filter: Filter, relation: Relation, bind: Bind): string {
  switch (filter.kind) {
    case 'all':
      return filter.of.length === 0
        ? 'true'
        : `(${joined(filter.of, ' and ', (of) => filterSql(of, relation, bind))})`
    case 'any':
      return filter.of.length === 0
        ? 'false'
        : `(${joined(filter.of, ' or ', (of) => filterSql(of, relation, bind))})`
    case 'not':
      // What a user does not have is null, and null is not what was asked for: so not `not`.
      return `(${filterSql(filter.of, relation, bind)} is not true)`
    default:
      return clauseSql(filter, relation, bind)
  }
}

function joined(filters: readonly Filter[], operator: string, sqlOf: (filter: Filter) => string): string {
  return filters.map(sqlOf).join(operator)
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
      return comparisonsSql(
        clause.field,
        'bigint',
        { '>=': clause.from, '<=': clause.upTo },
        { relation, bind },
      )
    case 'moment':
      // Kept as a profile shows them, which sorts as they do.
      return comparisonsSql(
        clause.field,
        'text',
        { '>=': clause.from, '<': clause.before },
        { relation, bind },
      )
    default:
      return clause satisfies never
  }
}

/** A condition on an attribute's column; false if the relation has none. */
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

type Bounds = Readonly<Record<string, number | string | undefined>>

function comparisonsSql(
  attribute: Attribute,
  type: string,
  bounds: Bounds,
  { relation, bind }: { readonly relation: Relation; readonly bind: Bind },
): string {
  return whereThere(relation, attribute, (column) => {
    const conditions = Object.entries(bounds).flatMap(([operator, value]) => {
      if (value === undefined) return []
      const bound = `${bind(String(value))}::${type}`
      // As in text-sql.ts.
      return [`${column} ${operator} ${relation.indexed.has(attribute) ? bound : `(select ${bound})`}`]
    })
    return `(${conditions.join(' and ')})`
  })
}
