import type { Session } from '../pg/database.ts'
import { PROFILE_COLUMNS, PROFILE_RECORD, recordOf } from './pg-user-row.ts'
import type { ImportBatch, ImportedUser } from './user-store.ts'

/** Whose users they become. */
export type Owner = Pick<ImportBatch, 'connection' | 'importNumber'>

/** Inserts users who conflict with nobody, in their order, and their credentials; else a unique violation. */
export async function insertUsers(
  session: Session,
  users: readonly ImportedUser[],
  owner: Owner,
): Promise<void> {
  if (users.length === 0) return
  await insertProfiles(session, users, owner)
  await insertCredentials(session, users)
}

async function insertProfiles(
  session: Session,
  users: readonly ImportedUser[],
  { connection, importNumber }: Owner,
): Promise<void> {
  const records = users.map(({ profile }, ordinal) => ({ ordinal, ...recordOf(profile) }))
  await session.query(
    `insert into muster.users (connection_id, import_number, ${PROFILE_COLUMNS})
     select $1, $2, ${PROFILE_COLUMNS}
     from json_to_recordset($3::json) as given (ordinal integer, ${PROFILE_RECORD}) order by ordinal`,
    [connection.id, importNumber, JSON.stringify(records)],
  )
}

// By the index users_user_id, one look for each user: see pg-find-holders.ts.
async function insertCredentials(session: Session, users: readonly ImportedUser[]): Promise<void> {
  const records = users.flatMap(({ profile, credentials }) =>
    credentials === undefined ? [] : [{ user_id: profile.user_id, ...credentials }],
  )
  if (records.length === 0) return
  await session.query(
    `insert into muster.credentials (user_key, password_hash, custom_password_hash, mfa_factors)
     select u.key, password_hash, custom_password_hash, mfa_factors
     from json_to_recordset($1::json) as given
       (user_id text, password_hash text, custom_password_hash jsonb, mfa_factors jsonb)
     cross join lateral (select key from muster.users where user_id = given.user_id offset 0) u`,
    [JSON.stringify(records)],
  )
}
