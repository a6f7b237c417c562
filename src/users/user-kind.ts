import { DATABASE_STRATEGY } from '../domain/connection.ts'
import type { Conflict } from './user-store.ts'

const DATABASE_PREFIX = `${DATABASE_STRATEGY}|`

/**
 * Who a user is by where it logs in. The id says so, and not the connection: with `preserve` an import brings
 * users of other providers into a database, too, and what holds for a database's users does not hold for them.
 */
export function isDatabaseUser(userId: string): boolean {
  return userId.startsWith(DATABASE_PREFIX)
}

/**
 * Whose values are the user's own, by how their ids begin: the kinds of users among whom no two of a connection have
 * the same. A provider's users are told apart by their ids alone. The unique indexes of `muster.users` say the same.
 */
const UNIQUE_AMONG: Record<Conflict, readonly string[] | 'everybody'> = {
  email: [DATABASE_PREFIX, 'email|'],
  username: [DATABASE_PREFIX],
  phone_number: [DATABASE_PREFIX, 'sms|'],
  user_id: 'everybody',
}

// Asked for every value of every user of an import: it makes no text and no function.
export function isUnique(kind: Conflict, userId: string): boolean {
  const among = UNIQUE_AMONG[kind]
  if (among === 'everybody') return true
  for (const prefix of among) if (userId.startsWith(prefix)) return true
  return false
}
