import { DATABASE_STRATEGY } from '../domain/connection.ts'
import type { Conflict } from './user-store.ts'

const DATABASE_PREFIX = `${DATABASE_STRATEGY}|`

/**
 * The id decides, not the connection. An import with `preserve` can store users of other providers in a database
 * connection, and other rules apply to those.
 */
export function isDatabaseUser(userId: string): boolean {
  return userId.startsWith(DATABASE_PREFIX)
}

/**
 * Of the users of one connection whose ids have one of these prefixes, no two may share the value. The unique indexes
 * of `muster.users` enforce this, except that an `auth0|` and an `email|` user may share an email. An import refuses
 * such a pair only if it looks for conflicts before it writes.
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
