import type { Pattern, TextBound, TextField, TextTest } from '../domain/filter.ts'
import type { Bind } from './bind.ts'
import { likePattern, mapPattern, prefixOf } from './pattern.ts'

/** How the texts of a column are compared. */
interface TextColumn {
  readonly sql: string
  /** How a text of the query is brought to the column's letters: in JavaScript as it was when stored, or in SQL. */
  readonly prepare: (text: string) => string
  readonly fold: (placeholder: string) => string
  /** `bytes` orders by bytes whatever the column's collation is: the operators of text_pattern_ops. */
  readonly order: 'collation' | 'bytes'
  /** Whether an index finds prefixes. */
  readonly isIndexed: boolean
}

const same = <T>(value: T): T => value
const exact: TextColumn = { sql: '', prepare: same, fold: same, order: 'bytes', isIndexed: false }
const bytes: TextColumn = { ...exact, order: 'collation', isIndexed: true }
// Lower-cased by JavaScript before they are stored (src/users/new-profile.ts), so that no column has to be.
const stored: TextColumn = { ...bytes, prepare: (text) => text.toLowerCase() }
// Lower-cased on both sides by the same function, whichever letters the database's locale knows.
const folded: TextColumn = { ...exact, fold: (placeholder) => `lower(${placeholder}::text)` }

const COLUMNS: Record<TextField, TextColumn> = {
  user_id: { ...bytes, sql: 'user_id' },
  email: { ...stored, sql: 'email' },
  'email.domain': { ...stored, sql: `split_part(email, '@', 2)`, isIndexed: false },
  username: { ...stored, sql: 'username' },
  phone_number: { ...bytes, sql: 'phone_number' },
  name: { ...folded, sql: 'lower(name)', isIndexed: true },
  given_name: { ...folded, sql: 'lower(given_name)' },
  family_name: { ...folded, sql: 'lower(family_name)' },
  nickname: { ...folded, sql: 'lower(nickname)' },
  picture: { ...exact, sql: 'picture' },
  last_ip: { ...exact, sql: 'last_ip' },
}

/** Where a value without a field is looked for: the attributes that tell who a user is. */
const ANYWHERE: readonly TextField[] = [
  ...(['user_id', 'email', 'username', 'phone_number'] as const),
  ...(['name', 'given_name', 'family_name', 'nickname'] as const),
]

export function textColumn(field: TextField): TextColumn {
  return COLUMNS[field]
}

export function anywhereSql(test: TextTest, bind: Bind): string {
  const placeholders = new Map<string, string>()
  const bindOnce = (value: string): string => {
    const placeholder = placeholders.get(value) ?? bind(value)
    placeholders.set(value, placeholder)
    return placeholder
  }
  // Some of them have no index, so all users are read, and the others' is of no use.
  const columns = ANYWHERE.map((field) => ({ ...COLUMNS[field], isIndexed: false }))
  return `(${columns.map((column) => columnSql(column, test, bindOnce)).join(' or ')})`
}

export function textSql(field: TextField, test: TextTest, bind: Bind): string {
  return columnSql(COLUMNS[field], test, bind)
}

function columnSql(column: TextColumn, test: TextTest, bind: Bind): string {
  switch (test.kind) {
    case 'equals':
      return `(${column.sql} = ${boundText(column, column.prepare(test.text), bind)})`
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

// Where every user is read, a subselect makes the value once for all of them; where an index is, it would hide
// from the planner how many users there will be.
function boundText(column: TextColumn, text: string, bind: Bind): string {
  const value = column.fold(bind(text))
  return column.isIndexed ? value : `(select ${value})`
}

function boundCondition(
  side: '<' | '>',
  bound: TextBound | undefined,
  column: TextColumn,
  bind: Bind,
): string {
  if (bound === undefined) return ''
  const operator = ordering(column, bound.isInclusive ? `${side}=` : side)
  return `${column.sql} ${operator} ${boundText(column, column.prepare(bound.text), bind)}`
}

function ordering(column: TextColumn, operator: string): string {
  return column.order === 'bytes' ? `~${operator}~` : operator
}

// The last of all characters, more often than an indexed attribute is long: no text with the prefix is behind.
const PAST_ALL = 'repeat(chr(1114111), 400)'

// PostgreSQL finds the prefix of a pattern only where it can see the pattern while it plans: so it is told.
function likeConditions(column: TextColumn, given: Pattern, bind: Bind): string[] {
  const pattern = mapPattern(given, column.prepare)
  const prefix = prefixOf(pattern)
  const isPrefixOnly = prefix !== '' && pattern.length === 2 && pattern[1] === 'many'
  const conditions: string[] = []
  if (prefix !== '' && column.isIndexed) {
    const bound = boundText(column, prefix, bind)
    conditions.push(`${column.sql} ${ordering(column, '>=')} ${bound}`)
    conditions.push(`${column.sql} ${ordering(column, '<=')} (${bound} || ${PAST_ALL})`)
    if (isPrefixOnly) return conditions
  }
  return [...conditions, `${column.sql} like ${boundText(column, likePattern(pattern), bind)}`]
}
