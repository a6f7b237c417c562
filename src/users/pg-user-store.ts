import { writeJson } from '../domain/write-json.ts'
import type { Database, Session } from '../pg/database.ts'
import { sqlState } from '../pg/failure-of.ts'
import { firstRow, givesRow } from '../pg/rows.ts'
import { openDryRun } from './pg-dry-run.ts'
import { batchImporter } from './pg-import-batch.ts'
import {
  PROFILE_COLUMNS,
  profileOf,
  recordOf,
  STORED_COLUMNS,
  STORED_RECORD,
  type UserRow,
} from './pg-user-row.ts'
import { userTimes } from './pg-user-times.ts'
import type { Conflict, NewUser, UserStore } from './user-store.ts'

export function pgUserStore(database: Database): UserStore {
  return {
    find: async (userId) => {
      const found = `select ${PROFILE_COLUMNS} from muster.users where user_id = $1`
      const row = await firstRow<UserRow>(database, found, [userId])
      return row === undefined ? undefined : profileOf(row)
    },
    add: (user, connection) =>
      conflictOf(() =>
        database.transaction(async (session) => {
          const [row] = await session.query<{ key: bigint }>(
            `insert into muster.users (connection_id, ${STORED_COLUMNS})
             select $1, ${STORED_COLUMNS} from json_to_recordset($2::json) as given (${STORED_RECORD}) returning key`,
            [connection.id, writeJson([recordOf(user.profile)])],
          )
          if (row !== undefined) await putCredentials(session, row.key, user)
        }),
      ),
    change: async (userId, change) => {
      let changed: NewUser | undefined
      const conflict = await conflictOf(() =>
        database.transaction(async (session) => {
          changed = await changeUser(session, userId, change)
        }),
      )
      return conflict === undefined ? changed?.profile : { conflict }
    },
    remove: (userId) =>
      givesRow(database, 'delete from muster.users where user_id = $1 returning key', [userId]),
    ...userTimes(database),
    importBatch: batchImporter(database),
    openDryRun: (connection, upserting) => openDryRun(database, connection, upserting),
  }
}

async function changeUser(
  session: Session,
  userId: string,
  change: (present: ReturnType<typeof profileOf>) => NewUser,
): Promise<NewUser | undefined> {
  const [row] = await session.query<UserRow & { key: bigint }>(
    `select key, ${PROFILE_COLUMNS} from muster.users where user_id = $1 for update`,
    [userId],
  )
  if (row === undefined) return undefined
  const { key, ...present } = row
  const user = change(profileOf(present))
  await session.query(
    `update muster.users set (${STORED_COLUMNS}) =
       (select ${STORED_COLUMNS} from json_to_recordset($2::json) as given (${STORED_RECORD}))
     where key = $1`,
    [key, writeJson([recordOf(user.profile)])],
  )
  await putCredentials(session, key, user)
  return user
}

async function putCredentials(session: Session, key: bigint, user: NewUser): Promise<void> {
  const { credentials } = user
  if (credentials === undefined) return
  await session.query(
    `insert into muster.credentials (user_key, password_hash, custom_password_hash, mfa_factors) values ($1, $2, $3, $4)
     on conflict (user_key) do update set password_hash = excluded.password_hash,
       custom_password_hash = excluded.custom_password_hash, mfa_factors = coalesce(excluded.mfa_factors, credentials.mfa_factors)`,
    [
      key,
      credentials.password_hash ?? null,
      credentials.custom_password_hash === undefined ? null : writeJson(credentials.custom_password_hash),
      credentials.mfa_factors === undefined ? null : writeJson(credentials.mfa_factors),
    ],
  )
}

const CONFLICTS: Readonly<Record<string, Conflict>> = {
  users_email: 'email',
  users_lowered_email: 'email',
  users_user_id: 'user_id',
  users_username: 'username',
  users_phone_number: 'phone_number',
}

async function conflictOf(work: () => Promise<void>): Promise<Conflict | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    const index =
      sqlState(error) === '23505' && error instanceof Error && 'constraint' in error ? error.constraint : ''
    const conflict = CONFLICTS[String(index)]
    if (conflict === undefined) throw error
    return conflict
  }
}
