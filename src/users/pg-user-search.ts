import { Failure } from '../domain/failure.ts'
import { ATTRIBUTES, type Profile } from '../domain/profile.ts'
import { type Database, sqlState } from '../pg/database.ts'
import { filterSql } from '../search/filter-sql.ts'
import { PROFILE_COLUMNS, profileOf, SQL_TYPES, type UserRow } from './pg-user-row.ts'
import type { Place, UserFinder, UserSearch } from './user-search.ts'

// Auth0 gives a search two seconds. Larger tenants than Auth0's searches allow are searched here, and counted.
const SEARCH_SECONDS_MAX = 10

/** Searches `muster.users`. */
export function pgUserFinder(database: Database): UserFinder {
  return {
    find: async (search) => {
      const { where, values } = conditionOf(search)
      const { order } = search
      const value = order === undefined ? '' : `${order.attribute}::text as order_value,`
      const rows = await bounded<UserRow & { key: bigint; order_value?: string | null }>(
        database,
        `select key, ${value} ${PROFILE_COLUMNS} from muster.users ${where}
         order by ${orderOf(search.order)} limit ${search.limit} offset ${search.offset}`,
        values,
      )
      return rows.map(({ key, order_value: placed, ...row }) => ({
        key,
        ...(placed === undefined ? {} : { value: placed }),
        profile: profileOf(row),
      }))
    },
    count: async (search) => {
      const { where, values } = conditionOf(search)
      const [row] = await bounded<{ users: bigint }>(
        database,
        `select count(*) as users from muster.users ${where}`,
        values,
      )
      return Number(row?.users ?? 0n)
    },
    findByEmail: async (email): Promise<readonly Profile[]> => {
      // The indexes users_email and users_lowered_email.
      const rows = await database.query<UserRow>(
        `select ${PROFILE_COLUMNS} from muster.users where email = $1 or lowered_email = $1 order by key`,
        [email.toLowerCase()],
      )
      return rows.map(profileOf)
    },
  }
}

// What the query says is in the values alone.
function conditionOf(search: Pick<UserSearch, 'filter' | 'connectionId' | 'after' | 'order'>): {
  where: string
  values: readonly unknown[]
} {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${values.push(value)}`
  const conditions = [
    ...(search.connectionId === undefined ? [] : [`connection_id = ${bind(search.connectionId)}`]),
    ...(search.after === undefined ? [] : [isBehind(search.after, search.order, bind)]),
    ...(search.filter === undefined ? [] : [filterSql(search.filter, (value) => `${bind(value)}::text`)]),
  ]
  return { where: conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`, values }
}

// Who lacks the attribute comes last. Not a comparison of rows: keys ascend, whatever the direction of the values.
function isBehind(
  { key, value }: Place,
  order: UserSearch['order'],
  bind: (value: unknown) => string,
): string {
  const isLater = `key > ${bind(key)}`
  if (order === undefined) return isLater
  const { attribute, direction } = order
  if (value === undefined || value === null) return `(${attribute} is null and ${isLater})`
  const bound = `${bind(value)}::text::${SQL_TYPES[ATTRIBUTES[attribute].kind]}`
  const beyond = direction === 'ascending' ? '>' : '<'
  return `(${attribute} ${beyond} ${bound} or (${attribute} = ${bound} and ${isLater}) or ${attribute} is null)`
}

// The attribute is one of our own table's columns. Who lacks it comes last, either way.
function orderOf(order: UserSearch['order']): string {
  if (order === undefined) return 'key'
  return `${order.attribute} ${order.direction === 'ascending' ? 'asc' : 'desc'} nulls last, key`
}

// A query of many wildcards must not hold a connection for minutes. The embedded engine cannot be interrupted.
async function bounded<Row>(database: Database, text: string, values: readonly unknown[]): Promise<Row[]> {
  if (database.oneSession) return database.query<Row>(text, values)
  try {
    return await database.transaction(async (session) => {
      await session.query(`set local statement_timeout = ${SEARCH_SECONDS_MAX * 1000}`)
      return session.query<Row>(text, values)
    })
  } catch (error) {
    if (sqlState(error instanceof Failure ? error.cause : error) !== QUERY_CANCELED) throw error
    throw new Failure(
      'search_too_slow',
      `The search took longer than ${SEARCH_SECONDS_MAX} seconds: narrow it, or ask for an export job with q.`,
      { cause: error },
    )
  }
}

const QUERY_CANCELED = '57014'
