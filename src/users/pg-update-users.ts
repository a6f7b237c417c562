import type { Json, JsonObject } from '../domain/json.ts'
import { ATTRIBUTE_NAMES, ATTRIBUTES, type Attribute, METADATA } from '../domain/profile.ts'
import type { Session } from '../pg/database.ts'
import { recordOf, SQL_TYPES } from './pg-user-row.ts'
import { addressOf, type Known } from './sort-batch.ts'
import type { ImportBatch, ImportedUser } from './user-store.ts'

/** Auth0's doc, "Bulk user imports": what an upsert may write. */
const UPSERTABLE: readonly Attribute[] = [
  'email_verified',
  'name',
  'given_name',
  'family_name',
  'nickname',
  'picture',
  'user_metadata',
  'app_metadata',
]

// A file gives these only to an import that preserves: the same file twice then changes nothing.
const SERVER_MADE = ATTRIBUTE_NAMES.filter((name) => ATTRIBUTES[name].by === 'server')

const WRITTEN: ReadonlySet<string> = new Set([...UPSERTABLE, ...SERVER_MADE])

/**
 * Writes what the file gives of users who are known; a custom hash only while the user has never logged in.
 * Tells how many there still were.
 */
export async function updateUsers(
  session: Session,
  users: readonly Known[],
  { importNumber, upsert }: Pick<ImportBatch, 'importNumber' | 'upsert'>,
): Promise<number> {
  if (users.length === 0) return 0
  const rows = await session.query(
    `with given as (
       select * from json_to_recordset($1::json) as given
         (key bigint, user_id text, lower_email text, attributes jsonb, extra jsonb, custom_password_hash jsonb)
     ), updated as (
       update muster.users as u set
         ${[...WRITTEN].map((name) => `${name} = ${newValue(name as Attribute, upsert)}`).join(', ')},
         extra = case when given.extra is null then u.extra else coalesce(u.extra, '{}') || given.extra end,
         import_number = $2
       from given where u.key = given.key and coalesce(u.lowered_email, u.email) = lower_email
       returning u.key, given.custom_password_hash, u.logins_count
     ), credentials as (
       insert into muster.credentials (user_key, custom_password_hash)
       select key, custom_password_hash from updated
       where custom_password_hash is not null and coalesce(logins_count, 0) = 0
       on conflict (user_key) do update set custom_password_hash = excluded.custom_password_hash, password_hash = null
     )
     select key from updated`,
    [JSON.stringify(users.map(({ user, key }) => ({ key: String(key), ...updateOf(user) }))), importNumber],
  )
  return rows.length
}

function newValue(name: Attribute, upsert: ImportBatch['upsert']): string {
  const type = SQL_TYPES[ATTRIBUTES[name].kind]
  if (type !== 'jsonb') return `coalesce((attributes ->> '${name}')::${type}, u.${name})`
  if (upsert === 'merge' && METADATA.some((metadata) => metadata === name)) return merged(name)
  // A match is on the address alone: an identity of the file may be another user's.
  if (name === 'identities')
    return `case when u.user_id = given.user_id then coalesce(attributes -> 'identities', u.identities) else u.identities end`
  return `coalesce(attributes -> '${name}', u.${name})`
}

// What mergedMetadata does.
function merged(name: Attribute): string {
  return `case when attributes ? '${name}' then (
    select coalesce(jsonb_object_agg(key, value), '{}')
    from jsonb_each(coalesce(u.${name}, '{}') || (attributes -> '${name}')) where value <> 'null'
  ) else u.${name} end`
}

function updateOf(user: ImportedUser): JsonObject {
  const { profile, given, credentials } = user
  const attributes: Record<string, Json> = { updated_at: profile.updated_at }
  for (const name of given) {
    const value = (profile as JsonObject)[name]
    if (value !== undefined && WRITTEN.has(name)) attributes[name] = value
  }
  return {
    user_id: profile.user_id,
    lower_email: addressOf(user) ?? null,
    attributes,
    extra: recordOf(profile)['extra'] ?? null,
    custom_password_hash: credentials?.custom_password_hash ?? null,
  }
}
