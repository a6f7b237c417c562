import type { Session } from '../pg/database.ts'
import { addressOf, type Holder, type Holders, noHolders, uniqueValue } from './sort-batch.ts'
import { isUnique } from './user-kind.ts'
import type { Conflict, ImportedUser } from './user-store.ts'
import type { Present } from './written.ts'

interface Look {
  readonly users: readonly ImportedUser[]
  readonly connectionId: string
  readonly kinds: readonly Conflict[]
  /** The found users may be updated, so their present values are read too. */
  readonly isUpdating: boolean
  readonly importNumber?: number
}

type Row = Partial<Present> & {
  readonly value: string
  readonly key: bigint
  readonly user_id: string
  readonly is_of_import: boolean
}

/** One statement for each kind of value, since each kind has its own index. */
export async function findHolders(session: Session, look: Look): Promise<Holders> {
  const holders = noHolders()
  const byKey = new Map<bigint, Holder>()
  for (const kind of look.kinds)
    for (const row of await holdersOf(session, kind, look)) {
      const holder = byKey.get(row.key) ?? holderOf(row, look)
      byKey.set(row.key, holder)
      if (isUnique(kind, row.user_id)) holders[kind].set(row.value, holder)
      if (kind === 'email' && !holders.addresses.has(row.value)) holders.addresses.set(row.value, holder)
    }
  return holders
}

function holderOf({ value, key, is_of_import, ...present }: Row, { isUpdating }: Look): Holder {
  return { key, isOfImport: is_of_import, ...(isUpdating ? { present: present as Present } : {}) }
}

// For the indexes users_email, users_lowered_email, users_username, users_phone_number, users_user_id. Each condition
// names all columns of its index, or the planner would read the whole table.
const MATCHES: Record<Conflict, readonly string[]> = {
  email: [
    `u.email = given.value and ${within('auth0')} = $3`,
    'u.lowered_email = given.value and u.connection_id = $3',
  ],
  username: [`u.username = given.value and ${within('auth0')} = $3`],
  phone_number: [`u.phone_number = given.value and ${within('auth0', 'sms')} = $3`],
  user_id: ['u.user_id = given.value'],
}

/**
 * The second column of the unique indexes. PostgreSQL uses them only if this text is the same as in the migration.
 * Values of these providers' users are unique in their connection. The values of others never clash.
 */
function within(...providers: readonly string[]): string {
  const condition = providers.map((provider) => `u.user_id like '${provider}|%'`).join(' or ')
  return `(case when ${condition} then u.connection_id else u.key::text end)`
}

const PRESENT = 'connection_id, email, username, phone_number, phone_verified, blocked'

const PRESENT_CREDENTIALS = `(
  select jsonb_build_object('has_logged_in', coalesce(u.logins_count, 0) > 0, 'password_hash', password_hash,
    'custom_password_hash', custom_password_hash, 'mfa_factors', mfa_factors)
  from muster.credentials where user_key = u.key
) as credentials`

// `offset 0` forces one index lookup for each value. Without it the planner may join by reading the whole table. Its
// statistics lag behind during an import, so it takes the table for small.
async function holdersOf(session: Session, kind: Conflict, look: Look): Promise<readonly Row[]> {
  const wanted = (user: ImportedUser) => (kind === 'email' ? addressOf(user) : uniqueValue(user, kind))
  const values = look.users.map(wanted).filter((value) => value !== undefined)
  if (values.length === 0) return []
  const matches = MATCHES[kind].map(
    (condition) => `select ${columnsOf(look)} from muster.users u where ${condition}`,
  )
  return session.query<Row>(
    `select given.value, u.*
     from json_array_elements_text($1::json) as given (value)
     cross join lateral (${matches.join(' union all ')} offset 0) u
     order by u.key`,
    [
      JSON.stringify(values),
      look.importNumber ?? null,
      // Ids are unique in the tenant, the other values in a connection.
      ...(kind === 'user_id' ? [] : [look.connectionId]),
    ],
  )
}

function columnsOf({ users, isUpdating }: Look): string {
  const columns = 'key, user_id, coalesce(import_number = $2, false) as is_of_import'
  if (!isUpdating) return columns
  const bringsCredentials = users.some(({ credentials }) => credentials !== undefined)
  return `${columns}, ${PRESENT}${bringsCredentials ? `, ${PRESENT_CREDENTIALS}` : ''}`
}
