import type { Json, JsonObject } from '../domain/json.ts'
import type { Attribute } from '../domain/profile.ts'
import type { Session } from '../pg/database.ts'
import { recordOf } from './pg-user-row.ts'
import type { Known } from './sort-batch.ts'
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

const METADATA = ['user_metadata', 'app_metadata'] as const

/** 'merge' takes over metadata member by member, and null removes one; 'overwrite' takes it as a whole. */
const NEW_METADATA = {
  overwrite: (name: string) => `coalesce(attributes -> '${name}', u.${name})`,
  merge: (name: string) => `case when attributes ? '${name}' then
    (select coalesce(jsonb_object_agg(key, value), '{}')
     from jsonb_each(coalesce(u.${name}, '{}') || (attributes -> '${name}')) where value <> 'null')
    else u.${name} end`,
}

/**
 * Writes what the file gives of users who are known, and of what only the server sets what an import that
 * preserves gives; a custom hash only while the user has never logged in. Tells how many there still were.
 */
export async function updateUsers(
  session: Session,
  users: readonly Known[],
  { importNumber, upsert }: Pick<ImportBatch, 'importNumber' | 'upsert'>,
): Promise<number> {
  if (users.length === 0) return 0
  const metadata = NEW_METADATA[upsert === 'merge' ? 'merge' : 'overwrite']
  const rows = await session.query(
    `with given as (
       select * from json_to_recordset($1::json) as given
         (key bigint, address text, attributes jsonb, extra jsonb, custom_password_hash jsonb)
     ), updated as (
       update muster.users as u set
         email_verified = coalesce((attributes ->> 'email_verified')::boolean, u.email_verified),
         name = coalesce(attributes ->> 'name', u.name),
         given_name = coalesce(attributes ->> 'given_name', u.given_name),
         family_name = coalesce(attributes ->> 'family_name', u.family_name),
         nickname = coalesce(attributes ->> 'nickname', u.nickname),
         picture = coalesce(attributes ->> 'picture', u.picture),
         ${METADATA.map((name) => `${name} = ${metadata(name)}`).join(', ')},
         extra = case when given.extra is null then u.extra else coalesce(u.extra, '{}') || given.extra end,
         updated_at = (attributes ->> 'updated_at')::timestamptz,
         import_number = $2
       from given where u.key = given.key and u.email = given.address
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

function updateOf({ profile, given, credentials }: ImportedUser): JsonObject {
  const attributes: Record<string, Json> = { updated_at: profile.updated_at }
  for (const name of given) {
    const value = (profile as JsonObject)[name]
    if (value !== undefined && UPSERTABLE.includes(name as Attribute)) attributes[name] = value
  }
  return {
    address: (profile as JsonObject)['email'] ?? null,
    attributes,
    extra: recordOf(profile)['extra'] ?? null,
    custom_password_hash: credentials?.custom_password_hash ?? null,
  }
}
