import type { Json, JsonObject } from '../domain/json.ts'
import { ATTRIBUTES, type Attribute, METADATA } from '../domain/profile.ts'
import { writeJson } from '../domain/write-json.ts'
import type { Session } from '../pg/database.ts'
import { LOWERED_NAMES, loweredColumns } from './lower-case.ts'
import { recordOf, SQL_TYPES } from './pg-user-row.ts'
import { addressOf, type Known, withId } from './sort-batch.ts'
import type { ImportBatch } from './user-store.ts'
import { writtenAttributes } from './written.ts'

type Updating = Pick<ImportBatch, 'importNumber' | 'upsert' | 'preserve'>

/** False if, since the lookup, one of the users was removed or got another email or a password that must stay. */
export async function updateUsers(
  session: Session,
  users: readonly Known[],
  { importNumber, upsert, preserve = false }: Updating,
): Promise<boolean> {
  if (users.length === 0) return true
  const written = writtenAttributes(preserve)
  const [row] = await session.query<{ updated: bigint; hashes: bigint; expected: bigint }>(
    `with given as (
       select * from json_to_recordset($1::json) as given
         (key bigint, user_id text, lower_email text, attributes jsonb, extra jsonb, custom_password_hash jsonb)
     ), updated as (
       update muster.users as u set
         ${[...written].map((name) => `${name} = ${newValue(name as Attribute, { upsert, preserve })}`).join(', ')},
         ${preserve ? loweredValues() : ''}
         extra = case when given.extra is null then u.extra else coalesce(u.extra, '{}') || given.extra end,
         import_number = $2
       from given where u.key = given.key and (coalesce(u.lowered_email, u.email) = lower_email ${preserve ? 'or u.user_id = given.user_id' : ''})
       returning u.key, given.custom_password_hash, u.logins_count
     ), hashes as (
       select key, custom_password_hash from updated
       where custom_password_hash is not null and coalesce(logins_count, 0) = 0
     ), credentials as (
       insert into muster.credentials as present (user_key, custom_password_hash)
       select key, custom_password_hash from hashes
       on conflict (user_key) do update set custom_password_hash = excluded.custom_password_hash
         where present.custom_password_hash is not null
       returning user_key
     )
     select (select count(*) from updated) as updated, (select count(*) from credentials) as hashes,
       (select count(*) from hashes) as expected`,
    [writeJson(users.map((user) => updateOf(user, written))), importNumber],
  )
  return row !== undefined && Number(row.updated) === users.length && row.hashes === row.expected
}

function newValue(name: Attribute, { upsert, preserve }: Pick<Updating, 'upsert' | 'preserve'>): string {
  const type = SQL_TYPES[ATTRIBUTES[name].kind]
  // Nobody has verified a new address, unless the file says so.
  if (preserve && name === 'email_verified')
    return verified(name, `given.lower_email <> coalesce(u.lowered_email, u.email, '')`)
  if (preserve && name === 'phone_verified')
    return verified(name, `attributes ->> 'phone_number' <> coalesce(u.phone_number, '')`)
  if (type !== 'jsonb') return `coalesce((attributes ->> '${name}')::${type}, u.${name})`
  if (upsert === 'merge' && METADATA.some((metadata) => metadata === name)) return merged(name)
  // If the user was found by the email, the identities of the file may be another user's.
  if (name === 'identities')
    return `case when u.user_id = given.user_id then coalesce(attributes -> 'identities', u.identities) else u.identities end`
  return `coalesce(attributes -> '${name}', u.${name})`
}

function verified(name: Attribute, isNewAddress: string): string {
  return `coalesce((attributes ->> '${name}')::boolean, case when ${isNewAddress} then false else u.${name} end)`
}

// Must do the same as mergedMetadata, or an import and a PATCH would merge in two ways.
function merged(name: Attribute): string {
  return `case when attributes ? '${name}' then (coalesce(u.${name}, '{}') || (attributes -> '${name}')) - array(
    select key from jsonb_each(attributes -> '${name}') where value = 'null'
  ) else u.${name} end`
}

// For users of a database connection these columns stay null: their emails and usernames are in lower case already.
function loweredValues(): string {
  return LOWERED_NAMES.map(
    (name) => `lowered_${name} = coalesce(attributes ->> 'lowered_${name}', u.lowered_${name}),`,
  ).join(' ')
}

function updateOf({ user, key, userId }: Known, written: ReadonlySet<string>): JsonObject {
  const profile = user.profile.user_id === userId ? user.profile : withId(user.profile, userId)
  const attributes: Record<string, Json> = { updated_at: profile.updated_at }
  for (const name of user.given) {
    const value = (profile as JsonObject)[name]
    if (value !== undefined && written.has(name)) attributes[name] = value
  }
  for (const [at, lowered] of loweredColumns(profile).entries())
    if (lowered !== null) attributes[`lowered_${LOWERED_NAMES[at]}`] = lowered
  return {
    key: String(key),
    user_id: user.profile.user_id,
    lower_email: addressOf(user) ?? null,
    attributes,
    extra: recordOf(profile)['extra'] ?? null,
    custom_password_hash: user.credentials?.custom_password_hash ?? null,
  }
}
