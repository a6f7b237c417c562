import type { Pattern, TextBound, TextField, TextTest } from '../domain/filter.ts'
import type { Relation } from '../relations/relation.ts'
import type { TextColumn } from '../relations/text-column.ts'
import type { Bind } from './bind.ts'
import { likePattern, mapPattern, prefixOf } from './pattern.ts'

/** These attributes identify a user, so a value without a field is searched in them. */
const ANYWHERE: readonly TextField[] = [
  ...(['user_id', 'email', 'username', 'phone_number'] as const),
  ...(['name', 'given_name', 'family_name', 'nickname'] as const),
]

interface SearchedColumn extends TextColumn {
  readonly isIndexed: boolean
}

export function anywhereSql(test: TextTest, { texts }: Relation, bind: Bind): string {
  const placeholders = new Map<string, string>()
  const bindOnce = (value: string): string => {
    const placeholder = placeholders.get(value) ?? bind(value)
    placeholders.set(value, placeholder)
    return placeholder
  }
  // Some of these attributes have no index, so the query reads all users and the other indexes do not help.
  const conditions = ANYWHERE.map((field) => {
    const { lowered, sql, ...column } = texts[field]
    const whole = lowered === undefined ? sql : `coalesce(${lowered}, ${sql})`
    return columnSql({ ...column, sql: whole, isIndexed: false }, test, bindOnce)
  })
  return `(${conditions.join(' or ')})`
}

export function textSql(
  { field, test }: { readonly field: TextField; readonly test: TextTest },
  relation: Relation,
  bind: Bind,
): string {
  const { texts, indexed, keyOf, key } = relation
  if (field === 'user_id' && test.kind === 'equals' && keyOf !== undefined) {
    const ownKey = keyOf(test.text)
    return ownKey === undefined ? 'false' : `(${key.sql} = ${bind(ownKey)}::${key.type})`
  }
  const column = { ...texts[field], isIndexed: field !== 'email.domain' && indexed.has(field) }
  const { lowered } = column
  if (lowered === undefined) return columnSql(column, test, bind)
  // Two conditions, so that the planner can use the index of each column.
  const inLowerCase = `${columnSql(column, test, bind)} and ${lowered} is null`
  return `(${inLowerCase} or ${columnSql({ ...column, sql: lowered }, test, bind)})`
}

function columnSql(column: SearchedColumn, test: TextTest, bind: Bind): string {
  switch (test.kind) {
    case 'equals':
      return `(${compared(column, '=', boundText(column, column.prepare(test.text), bind))})`
    case 'like':
      return `(${likeConditions(column, test.pattern, bind).join(' and ')})`
    case 'range': {
      const bounds = [
        boundCondition('>', test.from, column, bind),
        boundCondition('<', test.upTo, column, bind),
      ]
      return `(${bounds.filter((condition) => condition !== '').join(' and ')})`
    }
    default:
      return test satisfies never
  }
}

// Without an index the query reads every user, and a subselect computes the value once for all of them. With an index,
// a subselect would hide from the planner how many users match.
function boundText(column: SearchedColumn, text: string, bind: Bind): string {
  const value = column.fold(bind(text))
  return column.isIndexed ? value : `(select ${value})`
}

function boundCondition(
  side: '<' | '>',
  bound: TextBound | undefined,
  column: SearchedColumn,
  bind: Bind,
): string {
  if (bound === undefined) return ''
  const value = boundText(column, column.prepare(bound.text), bind)
  return compared(column, bound.isInclusive ? `${side}=` : side, value)
}

type Operator = '=' | '<' | '<=' | '>' | '>='

// If the index holds only the beginnings of texts, a condition on the beginning comes first, so that the index is used.
// It is weaker than the whole condition: two texts in order have beginnings in the same order, or equal ones.
function compared(column: SearchedColumn, operator: Operator, value: string): string {
  const whole = `${column.sql} ${ordering(column, operator)} ${value}`
  const { isIndexed, indexedLength } = column
  if (!isIndexed || indexedLength === undefined) return whole
  const loose = operator === '=' ? '=' : ordering(column, operator.startsWith('<') ? '<=' : '>=')
  return `left(${column.sql}, ${indexedLength}) ${loose} left(${value}, ${indexedLength}) and ${whole}`
}

function ordering(column: SearchedColumn, operator: Operator): string {
  if (operator === '=') return operator
  return column.order === 'bytes' ? `~${operator}~` : operator
}

// The last of all code points, repeated more often than an indexed attribute is long. No text with a prefix sorts after
// the prefix followed by this.
const PAST_ALL = 'repeat(chr(1114111), 600)'

// PostgreSQL uses an index for a pattern only if it knows the pattern while it plans, and here the pattern is bound. So
// the SQL names the range of the prefix.
function likeConditions(column: SearchedColumn, given: Pattern, bind: Bind): string[] {
  const pattern = mapPattern(given, column.prepare)
  const prefix = prefixOf(pattern)
  const isPrefixOnly = prefix !== '' && pattern.length === 2 && pattern[1] === 'many'
  const conditions: string[] = []
  if (prefix !== '' && column.isIndexed) {
    const bound = boundText(column, prefix, bind)
    conditions.push(compared(column, '>=', bound), compared(column, '<=', `(${bound} || ${PAST_ALL})`))
    if (isPrefixOnly && column.indexedLength === undefined) return conditions
  }
  return [...conditions, `${column.sql} like ${boundText(column, likePattern(pattern), bind)}`]
}
