import type { JsonObject } from '../domain/json.ts'
import type { Database, Session } from '../pg/database.ts'
import { PROFILE_COLUMNS, PROFILE_RECORD, recordOf } from './pg-user-row.ts'
import type { BatchResult, Conflict, ImportBatch, ImportedUser } from './user-store.ts'

/**
 * Stores a batch by a handful of statements, whatever its size, and its outcome beside it: both are there, or
 * neither is. So a worker that takes over from a killed one finds the batch done, or does it whole.
 */
export function importBatch(database: Database, batch: ImportBatch): Promise<readonly BatchResult[]> {
  return database.transaction(async (session) => {
    if (!(await claimBatch(session, batch.key))) return resultsOf(session, batch.key)
    const results = await store(session, batch)
    await session.query('update muster.import_batches set results = $2 where batch_key = $1', [
      batch.key,
      JSON.stringify(results),
    ])
    return results
  })
}

// Of two workers on one batch (one has lost its lease and does not know yet) the second waits here until the
// first has committed, and then tells the same results; or, when the first was killed, does the batch itself.
async function claimBatch(session: Session, key: string): Promise<boolean> {
  const claimed = await session.query(
    `insert into muster.import_batches (batch_key, results) values ($1, '[]')
     on conflict (batch_key) do nothing returning batch_key`,
    [key],
  )
  return claimed.length === 1
}

async function resultsOf(session: Session, key: string): Promise<readonly BatchResult[]> {
  const [row] = await session.query<{ results: readonly BatchResult[] }>(
    'select results from muster.import_batches where batch_key = $1',
    [key],
  )
  return row?.results ?? []
}

async function store(session: Session, batch: ImportBatch): Promise<BatchResult[]> {
  const results: BatchResult[] = batch.users.map(() => 'inserted')
  const updated = batch.upsert ? await updateKnown(session, batch) : new Set<number>()
  for (const ordinal of updated) results[ordinal] = 'updated'
  const fresh = batch.users.flatMap((user, ordinal) => (updated.has(ordinal) ? [] : [{ user, ordinal }]))
  const inserted = await insertNew(session, batch, fresh)
  const refused = fresh.filter(({ ordinal }) => !inserted.has(ordinal))
  for (const [ordinal, conflict] of await conflictsOf(session, batch, refused))
    results[ordinal] = { conflict }
  return results
}

interface Numbered {
  readonly user: ImportedUser
  readonly ordinal: number
}

const CREDENTIALS_RECORD = 'password_hash text, custom_password_hash jsonb, mfa_factors jsonb'

// Who conflicts with anybody, also with one before it in the batch, is left out and told by its absence.
async function insertNew(
  session: Session,
  batch: ImportBatch,
  users: readonly Numbered[],
): Promise<Set<number>> {
  if (users.length === 0) return new Set()
  const records = users.map(({ user, ordinal }) => ({
    ordinal,
    ...recordOf(user.profile),
    ...user.credentials,
  }))
  const rows = await session.query<{ ordinal: number }>(
    `with given as (
       select * from json_to_recordset($2::json) as given (ordinal integer, ${PROFILE_RECORD}, ${CREDENTIALS_RECORD})
     ), inserted as (
       insert into muster.users (connection_id, ${PROFILE_COLUMNS})
       select $1, ${PROFILE_COLUMNS} from given order by ordinal on conflict do nothing returning key, user_id
     ), credentials as (
       insert into muster.credentials (user_key, password_hash, custom_password_hash, mfa_factors)
       select key, password_hash, custom_password_hash, mfa_factors from inserted join given using (user_id)
       where coalesce(password_hash, custom_password_hash::text, mfa_factors::text) is not null
     )
     select ordinal from inserted join given using (user_id)`,
    [batch.connection.id, JSON.stringify(records)],
  )
  return new Set(rows.map((row) => row.ordinal))
}

/** Auth0's doc, "Bulk user imports": what an upsert may write. */
const UPSERTABLE = [
  'email_verified',
  'name',
  'given_name',
  'family_name',
  'nickname',
  'picture',
  'user_metadata',
  'app_metadata',
]

// Metadata is replaced, not merged; a custom hash only while the user has never logged in. Walks users_email.
async function updateKnown(session: Session, batch: ImportBatch): Promise<Set<number>> {
  const rows = await session.query<{ ordinal: number }>(
    `with given as (
       select * from json_to_recordset($2::json) as given
         (ordinal integer, address text, attributes jsonb, extra jsonb, custom_password_hash jsonb, updated_at timestamptz)
     ), updated as (
       update muster.users as u set
         email_verified = coalesce((attributes ->> 'email_verified')::boolean, u.email_verified),
         name = coalesce(attributes ->> 'name', u.name),
         given_name = coalesce(attributes ->> 'given_name', u.given_name),
         family_name = coalesce(attributes ->> 'family_name', u.family_name),
         nickname = coalesce(attributes ->> 'nickname', u.nickname),
         picture = coalesce(attributes ->> 'picture', u.picture),
         user_metadata = coalesce(attributes -> 'user_metadata', u.user_metadata),
         app_metadata = coalesce(attributes -> 'app_metadata', u.app_metadata),
         extra = case when given.extra is null then u.extra else coalesce(u.extra, '{}') || given.extra end,
         updated_at = given.updated_at
       from given where u.connection_id = $1 and u.email = given.address
       returning ordinal, u.key, given.custom_password_hash, u.logins_count
     ), credentials as (
       insert into muster.credentials (user_key, custom_password_hash)
       select key, custom_password_hash from updated
       where custom_password_hash is not null and coalesce(logins_count, 0) = 0
       on conflict (user_key) do update set custom_password_hash = excluded.custom_password_hash, password_hash = null
     )
     select ordinal from updated`,
    [batch.connection.id, JSON.stringify(batch.users.map(updateOf))],
  )
  return new Set(rows.map((row) => row.ordinal))
}

function updateOf({ profile, given, credentials }: ImportedUser, ordinal: number): JsonObject {
  const { extra } = recordOf(profile)
  const attributes = Object.fromEntries(
    Object.entries(profile as JsonObject).filter(
      ([name]) => UPSERTABLE.includes(name) && given.includes(name),
    ),
  )
  return {
    ordinal,
    address: profile['email'] ?? null,
    attributes,
    extra: extra ?? null,
    custom_password_hash: credentials?.custom_password_hash ?? null,
    updated_at: profile.updated_at,
  }
}

// Asked only for the few that were refused. One that finds nobody lost a race against a user deleted since.
async function conflictsOf(
  session: Session,
  batch: ImportBatch,
  users: readonly Numbered[],
): Promise<readonly (readonly [number, Conflict])[]> {
  if (users.length === 0) return []
  const records = users.map(({ user, ordinal }) => ({ ordinal, ...recordOf(user.profile) }))
  const rows = await session.query<{ ordinal: number; conflict: Conflict }>(
    `select ordinal, case
       when exists (select from muster.users u where u.connection_id = $1 and u.email = given.email) then 'email'
       when exists (select from muster.users u where u.connection_id = $1 and u.username = given.username) then 'username'
       when exists (select from muster.users u where u.connection_id = $1 and u.phone_number = given.phone_number) then 'phone_number'
       else 'user_id' end as conflict
     from json_to_recordset($2::json) as given (ordinal integer, ${PROFILE_RECORD})`,
    [batch.connection.id, JSON.stringify(records)],
  )
  return rows.map((row) => [row.ordinal, row.conflict] as const)
}
