import { Failure } from '../domain/failure.ts'
import type { Database } from '../pg/database.ts'
import { isCanceled } from '../pg/failure-of.ts'
import { musterUsers } from '../relations/muster-users.ts'
import { conditionOf, orderOf } from './pg-search-sql.ts'
import { PROFILE_COLUMNS, profileOf, type UserRow } from './pg-user-row.ts'
import type { FoundUser, UserFinder } from './user-search.ts'

// Auth0 stops a search after two seconds. Muster allows more, because counts and some queries read all users.
const SEARCH_SECONDS_MAX = 10

const { from } = musterUsers

export function pgUserFinder(database: Database): UserFinder {
  return {
    find: async (search) => {
      const { where, values } = conditionOf(search, musterUsers)
      const { order } = search
      const value = order === undefined ? '' : `, ${order.attribute}::text as order_value`
      const chosen = `select key ${value} from ${from} ${where}
         order by ${orderOf(order, musterUsers)} limit ${search.limit} offset ${search.offset}`
      return (await bounded<FoundRow>(database, measured(chosen), values)).map(foundUser)
    },
    count: async (search) => {
      const { where, values } = conditionOf(search, musterUsers)
      const [row] = await bounded<{ users: bigint }>(
        database,
        `select count(*) as users from ${from} ${where}`,
        values,
      )
      return Number(row?.users ?? 0n)
    },
    findByEmail: async (email) => {
      const chosen = `select key from ${from} where email = $1 or lowered_email = $1 order by key`
      return (await database.query<FoundRow>(measured(chosen), [email.toLowerCase()])).map(foundUser)
    },
    profiles: async function* (users) {
      for (const group of readTogether(users)) {
        const rows = await database.query<UserRow & { key: bigint }>(
          `select key, ${PROFILE_COLUMNS} from ${from} where key = any($1)`,
          [group.map(({ key }) => String(key))],
        )
        const byKey = new Map<FoundUser['key'], UserRow>(rows.map(({ key, ...row }) => [key, row]))
        yield group.flatMap(({ key }) => {
          const row = byKey.get(key)
          return row === undefined ? [] : [profileOf(row)]
        })
      }
    },
  }
}

// A page of 100 users of 10 KB, Auth0's soft limit, is read at once. A page of the largest profiles has 100 MB, and
// takes several times as much memory: as rows, as values and as the answer. So it is read in parts.
const BYTES_AT_ONCE_MAX = 4 * 1024 * 1024

type FoundRow = UserRow & {
  readonly key: bigint
  readonly order_value?: string | null
  readonly bytes: bigint
  readonly is_shown: boolean
}

// Only these attributes may be large: an import with `preserve` limits no name. The others have a few KB together.
const MEASURED = [
  ...['user_metadata', 'app_metadata', 'identities', 'multifactor', 'extra', 'picture', 'last_ip'],
  ...['name', 'given_name', 'family_name', 'nickname'],
]

/**
 * Adds the size of each user, and the profiles of the first users up to BYTES_AT_ONCE_MAX. `offset 0` forces a lookup
 * by each key, because the planner might otherwise read the whole table.
 */
function measured(chosen: string): string {
  const bytes = MEASURED.map((name) => `coalesce(octet_length(${name}::text), 0)`).join(' + ')
  return `select sized.*, coalesce(shown.user_id is not null, false) as is_shown, shown.*
    from (
      select *, sum(bytes) over (order by place rows unbounded preceding) - bytes as bytes_before
      from (select *, row_number() over () as place from (${chosen}) as chosen) as placed
      cross join lateral (select (${bytes})::bigint as bytes from ${from} where key = placed.key offset 0) as size
    ) as sized
    left join lateral (
      select ${PROFILE_COLUMNS} from ${from}
      where key = sized.key and sized.bytes_before < ${BYTES_AT_ONCE_MAX} offset 0
    ) as shown on true
    order by place`
}

function foundUser(found: FoundRow): FoundUser {
  const { key, order_value: value, bytes, is_shown, ...row } = found
  return {
    key,
    ...(value === undefined ? {} : { value }),
    bytes: Number(bytes),
    ...(is_shown ? { profile: profileOf(row) } : {}),
  }
}

function* readTogether(users: readonly FoundUser[]): Generator<readonly FoundUser[]> {
  let group: FoundUser[] = []
  let bytes = 0
  for (const user of users) {
    if (group.length > 0 && bytes + user.bytes > BYTES_AT_ONCE_MAX) {
      yield group
      group = []
      bytes = 0
    }
    group.push(user)
    bytes += user.bytes
  }
  if (group.length > 0) yield group
}

// Without a limit a query with many wildcards could hold a connection for minutes. The embedded engine has no limit.
export async function bounded<Row>(
  database: Database,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  try {
    return await database.queryWithin<Row>(SEARCH_SECONDS_MAX, text, values)
  } catch (error) {
    if (!isCanceled(error)) throw error
    throw new Failure(
      'search_too_slow',
      `The search took longer than ${SEARCH_SECONDS_MAX} seconds: narrow it, or ask for an export job with q.`,
      { cause: error },
    )
  }
}
