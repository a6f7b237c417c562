import { DATABASE_STRATEGY } from '../domain/connection.ts'
import type { Conflict } from './user-store.ts'

const DATABASE_PREFIX = `${DATABASE_STRATEGY}|`

/**
 * The id decides, not the connection: an import with `preserve` can store users of other providers in a database
 * connection, and the rules for users of a database do not apply to them.
 */
export function isDatabaseUser(userId: string): boolean {
  return userId.startsWith(DATABASE_PREFIX)
}

/**
 * Among users of one connection whose ids begin so, each value is unique. For users of other providers only the id is
 * unique. The unique indexes of `muster.users` must agree with this table.
 */
const UNIQUE_AMONG: Record<Conflict, readonly string[] | 'all users'> = {
  email: [DATABASE_PREFIX, 'email|'],
  username: [DATABASE_PREFIX],
  phone_number: [DATABASE_PREFIX, 'sms|'],
  user_id: 'all users',
}

// Called for each unique value of every user of an import, so it creates no objects.
export function isUnique(kind: Conflict, userId: string): boolean {
  const among = UNIQUE_AMONG[kind]
  if (among === 'all users') return true
  for (const prefix of among) if (userId.startsWith(prefix)) return true
  return false
}
