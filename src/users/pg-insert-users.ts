import { writeJson } from '../domain/write-json.ts'
import type { HeldSession, Session } from '../pg/database.ts'
import { copyLine, escaped } from './copy-text.ts'
import { recordOf, STORED_COLUMNS, STORED_RECORD } from './pg-user-row.ts'
import type { ImportBatch, ImportedUser } from './user-store.ts'

export type Owner = Pick<ImportBatch, 'connection' | 'importNumber'>

/**
 * Keeps the order of `users`, since their keys decide the order of exports. Fails with a unique violation if another
 * user has one of their unique values.
 */
export async function insertUsers(
  session: HeldSession,
  users: readonly ImportedUser[],
  owner: Owner,
): Promise<void> {
  if (users.length === 0) return
  if (session.copyIn === undefined) await insertAsRecords(session, users, owner)
  else await copyProfiles(session.copyIn, users, owner)
  await insertCredentials(session, users)
}

async function copyProfiles(
  copyIn: NonNullable<HeldSession['copyIn']>,
  users: readonly ImportedUser[],
  { connection, importNumber }: Owner,
): Promise<void> {
  const lead = `${escaped(connection.id)}\t${importNumber}\t`
  await copyIn(
    `copy muster.users (connection_id, import_number, ${STORED_COLUMNS}) from stdin`,
    linesOf(users, lead),
  )
}

// In characters: about 400 users, made in 2 ms. PostgreSQL needs six times as long for them. During this time the event
// loop reads the next batch and serves requests.
const CHUNK_LENGTH = 256 * 1024

function* linesOf(users: readonly ImportedUser[], lead: string): Generator<Uint8Array> {
  let lines = ''
  for (const { profile } of users) {
    lines += `${lead}${copyLine(profile)}\n`
    if (lines.length < CHUNK_LENGTH) continue
    yield Buffer.from(lines)
    lines = ''
  }
  if (lines !== '') yield Buffer.from(lines)
}

// The socket server of the embedded engine does not understand COPY FROM STDIN (ADR 8).
async function insertAsRecords(
  session: Session,
  users: readonly ImportedUser[],
  { connection, importNumber }: Owner,
): Promise<void> {
  const records = users.map(({ profile }, ordinal) => ({ ordinal, ...recordOf(profile) }))
  await session.query(
    `insert into muster.users (connection_id, import_number, ${STORED_COLUMNS})
     select $1, $2, ${STORED_COLUMNS}
     from json_to_recordset($3::json) as given (ordinal integer, ${STORED_RECORD}) order by ordinal`,
    [connection.id, importNumber, writeJson(records)],
  )
}

// Uses the index users_user_id, with one lookup for each user. pg-find-holders.ts explains `offset 0`.
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
    [writeJson(records)],
  )
}
