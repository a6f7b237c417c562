import type { Json } from '../domain/json.ts'
import type { Database, Session } from '../pg/database.ts'
import { literal } from '../pg/sql.ts'
import type { Key, Relation } from '../relations/relation.ts'
import { readsIn, sidesOf, type TableRead } from './explained.ts'
import type { HelpfulIndex } from './source-report.ts'

// PostgreSQL reads a smaller table quickly without an index.
const TABLE_BYTES_MIN = 256 * 1024

/** A value that no user has. In a plan it shows which condition belongs to the question. */
const NOBODY: Readonly<Record<Key['type'], string>> = {
  text: 'muster-source-check',
  uuid: 'c4ec4ec4-ec4e-4ec4-8ec4-ec4ec4ec4ec4',
  bigint: '4611686018427387904',
}

// Not reached for a long time, in each time zone in the middle of a month.
const LATE = new Date('2199-06-15T12:00:00.000Z')
const LATE_TEXTS = ['2199-06-1', String(LATE.getTime()).slice(0, 6)]

interface Question {
  readonly query: string
  /** What the condition holds in a plan. */
  readonly marks: readonly string[]
  readonly helps: string
}

interface Wish extends Pick<TableRead, 'schema' | 'table'> {
  /** SQL as PostgreSQL shows it, without the name of the table. */
  readonly expression: string
  readonly helps: string
}

/**
 * Indexes that would save PostgreSQL from reading whole tables. PostgreSQL itself says so: it plans the queries of Muster
 * with whole reads forbidden, and runs none of them.
 */
export async function helpfulIndexes(
  database: Database,
  relation: Relation,
): Promise<readonly HelpfulIndex[]> {
  return database.transaction(async (session) => {
    await session.query(
      'set transaction read only; set local enable_seqscan = off; set local max_parallel_workers_per_gather = 0; set local jit = off',
    )
    const wishes: Wish[] = [...ofEachUser(await readsOf(session, questionOfKey(relation).query), relation)]
    for (const question of questionsAbout(relation))
      wishes.push(...ofQuestion(await readsOf(session, question.query), question))
    return indexesFor(session, wishes)
  })
}

async function readsOf(session: Session, query: string): Promise<readonly TableRead[]> {
  const rows = await session.query<{ 'QUERY PLAN': Json }>(`explain (format json, verbose) ${query}`)
  return rows.flatMap((row) => plansIn(row['QUERY PLAN']))
}

function plansIn(explained: Json): readonly TableRead[] {
  const [first] = Array.isArray(explained) ? (explained as readonly Json[]) : []
  return readsIn((first as { readonly Plan?: Json } | undefined)?.Plan ?? null)
}

function questionOfKey({ from, key }: Relation): Question {
  const nobody = NOBODY[key.type]
  return {
    query: `select * from ${from} where ${key.sql} = ${literal(nobody)}::${key.type}`,
    marks: [nobody],
    helps: 'Exports read users in ranges of this key, and GET /users/{id} finds one by it.',
  }
}

const SEARCHED = ['email', 'username', 'phone_number'] as const

const SEARCHES: Readonly<Record<(typeof SEARCHED)[number], string>> = {
  email: 'Filters by email and GET /users-by-email no longer read all users.',
  username: 'Filters by username no longer read all users.',
  phone_number: 'Filters by phone_number no longer read all users.',
}

function questionsAbout(relation: Relation): readonly Question[] {
  const { from, texts, changes, column } = relation
  const has = (name: (typeof SEARCHED)[number]) => column({ root: name, steps: [] }).kind !== 'never'
  const searches = SEARCHED.filter(has).map((name) => {
    const { sql, fold, prepare } = texts[name]
    const condition = `${sql} = ${fold(literal(prepare(NOBODY.text)))}`
    return {
      query: `select * from ${from} where ${condition}`,
      marks: [NOBODY.text],
      helps: SEARCHES[name],
    }
  })
  if (changes === undefined) return [questionOfKey(relation), ...searches]
  const isChanged = changes.isChanged({ kind: 'clock', moment: LATE })
  const since = {
    query: `select * from ${from} where ${isChanged}`,
    marks: LATE_TEXTS,
    helps: 'Exports with since read only the users who have changed.',
  }
  return [questionOfKey(relation), ...searches, since]
}

/** Tables that PostgreSQL would read whole to answer. If the condition is not on a column of a table, no index helps. */
function ofQuestion(reads: readonly TableRead[], { marks, helps }: Question): readonly Wish[] {
  const isMarked = (condition: string): boolean => marks.some((mark) => condition.includes(mark))
  if (reads.some(({ found }) => found.some(isMarked))) return []
  return reads.flatMap((read) =>
    read.checked.filter(isMarked).flatMap((condition) => wishFor(read, condition, helps)),
  )
}

// One user has rows in several tables. Without an index of the user's id there, PostgreSQL reads the table for each user.
function ofEachUser(reads: readonly TableRead[], { key }: Relation): readonly Wish[] {
  const helps = 'An export no longer reads all of this table for each user.'
  return reads.flatMap((read) => {
    const isOfUser = (condition: string): boolean =>
      !condition.includes(NOBODY[key.type]) && isOfOther(condition, read)
    if (read.found.some(isOfUser)) return []
    return read.checked.filter(isOfUser).flatMap((condition) => wishFor(read, condition, helps))
  })
}

/** Whether a column of the table must equal one of another table. */
function isOfOther(condition: string, { alias }: TableRead): boolean {
  const sides = sidesOf(condition)
  if (sides === undefined) return false
  return sides.filter((side) => isOf(alias, side)).length === 1 && sides.every((side) => NAMED.test(side))
}

const NAMED = /(?:\w+|"[^"]+")\.(?:\w+|"[^"]+")/

function isOf(alias: string, side: string): boolean {
  return [...side.matchAll(new RegExp(NAMED, 'g'))].some(([name]) =>
    prefixesOf(alias).some((prefix) => name.startsWith(prefix)),
  )
}

function prefixesOf(alias: string): readonly string[] {
  return [`${alias}.`, `"${alias}".`]
}

function wishFor({ schema, table, alias }: TableRead, condition: string, helps: string): readonly Wish[] {
  const [left, right] = sidesOf(condition) ?? boundOf(condition)
  const side = [left, right].find((each) => each !== undefined && isOf(alias, each)) ?? left
  if (side === undefined) return []
  const expression = prefixesOf(alias).reduce((text, prefix) => text.replaceAll(prefix, ''), side)
  return [{ schema, table, expression, helps }]
}

// Of a condition such as `(updated_at >= …)`.
function boundOf(condition: string): readonly [string?, string?] {
  const [, left] = /^\((.+?) >= /.exec(condition) ?? []
  return left === undefined ? [] : [left]
}

interface Table {
  readonly schema: string
  readonly table: string
  /** The partitioned table, if it is a part of one. Quoted. */
  readonly whole: string
  readonly bytes: bigint
  /** Quoted. An index on the plain column serves a comparison as text. */
  readonly texts: readonly string[]
  /** What its indexes begin with. */
  readonly indexed: readonly string[]
}

const TABLES = `
  select wanted.schema, wanted.table,
    (select quote_ident(rn.nspname) || '.' || quote_ident(r.relname) from pg_class as r
       join pg_namespace as rn on rn.oid = r.relnamespace where r.oid = coalesce(pg_partition_root(c.oid), c.oid)) as whole,
    pg_table_size(c.oid) as bytes,
    array(select quote_ident(attname) from pg_attribute
          where attrelid = c.oid and attnum > 0 and atttypid in ('text'::regtype, 'varchar'::regtype)) as texts,
    array(select pg_get_indexdef(indexrelid, 1, false) from pg_index
          where indrelid = c.oid and indisvalid and indpred is null) as indexed
  from jsonb_to_recordset($1::jsonb) as wanted (schema text, "table" text)
    join pg_namespace as n on nspname = wanted.schema
    join pg_class as c on relnamespace = n.oid and relname = wanted.table`

async function indexesFor(session: Session, wishes: readonly Wish[]): Promise<readonly HelpfulIndex[]> {
  if (wishes.length === 0) return []
  const tables = await session.query<Table>(TABLES, [JSON.stringify(wishes)])
  const indexes = new Map<string, HelpfulIndex>()
  for (const wish of wishes) {
    const table = tables.find((each) => each.schema === wish.schema && each.table === wish.table)
    if (table === undefined || table.bytes < TABLE_BYTES_MIN) continue
    const indexed = indexedBy(wish.expression, table)
    // Without statistics of the table, PostgreSQL may plan to read by another index than the best one.
    if (table.indexed.includes(indexed)) continue
    const statement = `CREATE INDEX CONCURRENTLY ON ${table.whole} (${indexed});`
    const helps = new Set([...(indexes.get(statement)?.helps ?? []), wish.helps])
    indexes.set(statement, { table: table.whole, statement, helps: [...helps] })
  }
  return [...indexes.values()]
}

const COLUMN = /^(?:[a-z_][\w$]*|"[^"]+")$/
const CAST = /^\(((?:[a-z_][\w$]*|"[^"]+"))\)::text$/
const CALL = /^[a-z_]+\([^()]*(?:\([^()]*\)[^()]*)*\)$/

// An expression that is neither a column nor a call stands in brackets of its own.
function indexedBy(expression: string, { texts }: Table): string {
  const column = CAST.exec(expression)?.[1]
  if (column !== undefined && texts.includes(column)) return column
  return COLUMN.test(expression) || CALL.test(expression) ? expression : `(${expression})`
}
