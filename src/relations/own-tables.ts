import { Failure } from '../domain/failure.ts'
import { ATTRIBUTES, type AttributeKind, isAttribute } from '../domain/profile.ts'
import { identifier } from '../pg/sql.ts'
import type { FoundUsers } from './find-users.ts'
import { objectOf } from './json-sql.ts'
import { keyTypeOf } from './key-type.ts'
import { momentOfTimestamp, momentOfTimestamptz } from './moment-sql.ts'
import type { Changed, PresetColumn, PresetUsers } from './preset.ts'
import type { Statements } from './relation.ts'

/** A SELECT of the operator, and the name of its column that identifies a user. */
export interface OwnQuery {
  readonly sql: string
  readonly key: string
}

export interface QueryColumn {
  readonly name: string
  /** PostgreSQL's own name: `integer`, `character varying`, … */
  readonly type: string
}

export interface OwnTables extends Statements {
  /** The columns of a query, which is not run. */
  columns(query: string): Promise<readonly QueryColumn[]>
  queryWithin<Row>(seconds: number, text: string, values: readonly unknown[]): Promise<Row[]>
}

// A large table takes longer to look through. Its key is then trusted.
const UNIQUE_SECONDS = 10

const TEXTS = ['text', 'character varying', 'character', 'citext', 'uuid', 'name', 'inet']
const WHOLE = ['bigint', 'integer', 'smallint']

const TYPES: Readonly<Record<AttributeKind, readonly string[]>> = {
  text: [...TEXTS, ...WHOLE],
  boolean: ['boolean'],
  integer: WHOLE,
  moment: ['timestamp with time zone', 'timestamp without time zone', 'date'],
  object: ['jsonb', 'json'],
  array: ['jsonb', 'json'],
}

/** Fails with `source_unusable`, and names everything that is wrong at once. */
export async function findOwnUsers(
  session: OwnTables,
  query: OwnQuery,
  isSecret: (name: string) => boolean,
): Promise<FoundUsers> {
  const sql = selectIn(query)
  const columns = await session.columns(sql)
  const complaints = [
    ...columns.flatMap((column) => complaintOf(column, query.key, isSecret)),
    ...keyComplaint(columns, query.key),
  ]
  if (complaints.length > 0) throw unusable(complaints)
  await checkUnique(session, sql, query.key)
  return { preset: 'query', asked: {}, users: usersOf(columns, { sql, key: query.key }) }
}

/** The SELECT as part of another statement: people end a statement with a semicolon. */
export function selectIn({ sql }: OwnQuery): string {
  return sql.trim().replace(/;$/, '')
}

function complaintOf(
  { name, type }: QueryColumn,
  key: string,
  isSecret: (name: string) => boolean,
): readonly string[] {
  if (name === 'user_id')
    return ['user_id is made of the key, so the query must not have a column of this name']
  if (isSecret(name)) return [`${name} looks like a secret: leave it out`]
  if (name === key || !isAttribute(name)) return []
  const expected = TYPES[ATTRIBUTES[name].kind]
  return expected.includes(type) ? [] : [`${name}: expected a column of type ${expected[0]}; came: ${type}`]
}

function keyComplaint(columns: readonly QueryColumn[], key: string): readonly string[] {
  const column = columns.find(({ name }) => name === key)
  if (column === undefined) {
    const names = columns.map(({ name }) => name).join(', ')
    return [`the query has no column ${key}, which should be the key; it has ${names}`]
  }
  return keyTypeOf(column.type) === undefined
    ? [`the key ${key}: expected bigint, uuid or text; came: ${column.type}`]
    : []
}

async function checkUnique(session: OwnTables, sql: string, key: string): Promise<void> {
  const column = identifier(key)
  const found = await session
    .queryWithin(
      UNIQUE_SECONDS,
      `select 1 from (${sql}\n) as q group by ${column} having count(*) > 1 or ${column} is null limit 1`,
      [],
    )
    .catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'database_unavailable') return []
      throw error
    })
  if (found.length > 0) throw unusable([`the key ${key} is null, or has a value twice`])
}

function usersOf(columns: readonly QueryColumn[], { sql, key }: OwnQuery): PresetUsers {
  const of = (name: string): string => `q.${identifier(name)}`
  const keyType = keyTypeOf(columns.find(({ name }) => name === key)?.type) ?? 'text'
  const known = columns.filter(({ name }) => isAttribute(name) && name !== 'identities')
  const more = columns.filter(({ name }) => !isAttribute(name) && name !== key)
  const members = more.map(({ name }) => [name, `to_jsonb(${of(name)})`] as const)
  const shown = known.map((column) => [column.name, sqlOfColumn(column, of(column.name))] as const)
  const linked = columns.some(({ name }) => name === 'identities') ? `${of('identities')}::jsonb` : undefined
  return {
    from: `(${sql}\n) as q`,
    where: ['true'],
    key: { sql: of(key), type: keyType },
    columns: {
      ...(Object.fromEntries(shown) as Partial<Record<PresetColumn, string>>),
      ...(more.length === 0 ? {} : { extra: objectOf(Object.fromEntries(members)) }),
    },
    ...(linked === undefined ? {} : { linkedIdentities: linked }),
    lowerCase: [],
    indexed: [],
    ...changedOf(columns),
    leftOut: [],
    reads: {},
  }
}

function sqlOfColumn({ name, type }: QueryColumn, sql: string): string {
  if (!isAttribute(name)) return sql
  const { kind } = ATTRIBUTES[name]
  switch (kind) {
    case 'text':
      return `${sql}::text`
    case 'moment':
      return type === 'timestamp with time zone'
        ? momentOfTimestamptz(sql)
        : momentOfTimestamp(`${sql}::timestamp`)
    case 'object':
    case 'array':
      return `${sql}::jsonb`
    default:
      return sql
  }
}

function changedOf(columns: readonly QueryColumn[]): { readonly changed?: Changed } {
  const type = columns.find(({ name }) => name === 'updated_at')?.type
  const sql = `q.${identifier('updated_at')}`
  if (type === 'timestamp with time zone') return { changed: { sql, type: 'timestamptz' } }
  return type === 'timestamp without time zone' ? { changed: { sql, type: 'timestamp' } } : {}
}

function unusable(complaints: readonly string[]): Failure {
  return new Failure('source_unusable', complaints.join('; '))
}
