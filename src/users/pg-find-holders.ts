import type { Session } from '../pg/database.ts'
import { type Holder, type Holders, noHolders, uniqueValue } from './sort-batch.ts'
import type { Conflict, ImportedUser } from './user-store.ts'

interface Look {
  readonly users: readonly ImportedUser[]
  readonly connectionId: string
  /** Which values to look at. */
  readonly kinds: readonly Conflict[]
  /** Whose users count as the import's own; none when absent. */
  readonly importNumber?: number
}

interface Row {
  readonly value: string
  readonly key: bigint
  readonly isOfImport: boolean
}

/** The users who have values that others want: one statement for each kind of value. */
export async function findHolders(session: Session, look: Look): Promise<Holders> {
  const holders = noHolders()
  const byKey = new Map<bigint, Holder>()
  for (const kind of look.kinds)
    for (const row of await holdersOf(session, kind, look)) {
      const holder = byKey.get(row.key) ?? { key: row.key, isOfImport: row.isOfImport }
      byKey.set(row.key, holder)
      holders[kind].set(row.value, holder)
    }
  return holders
}

// Of the unique indexes users_email, users_username, users_phone_number and users_user_id.
const MATCHES: Record<Conflict, string> = {
  email: 'u.email = given.value and u.connection_id = $3',
  username: 'u.username = given.value and u.connection_id = $3',
  phone_number: 'u.phone_number = given.value and u.connection_id = $3',
  user_id: 'u.user_id = given.value',
}

// `offset 0` keeps this a look into an index for each value: as a join it would read the whole table whenever the
// planner thinks that it is small, as it does of one that is being filled.
async function holdersOf(session: Session, kind: Conflict, look: Look): Promise<readonly Row[]> {
  const values = look.users.map((user) => uniqueValue(user, kind)).filter((value) => value !== undefined)
  if (values.length === 0) return []
  return session.query<Row>(
    `select given.value, u.key, coalesce(u.import_number = $2, false) as "isOfImport"
     from json_array_elements_text($1::json) as given (value)
     cross join lateral (select key, import_number from muster.users u where ${MATCHES[kind]} offset 0) u`,
    [
      JSON.stringify(values),
      look.importNumber ?? null,
      // Ids are unique in the tenant, everything else in a connection.
      ...(kind === 'user_id' ? [] : [look.connectionId]),
    ],
  )
}
