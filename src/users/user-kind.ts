import { DATABASE_STRATEGY } from '../domain/connection.ts'
import type { Conflict } from './user-store.ts'

/**
 * Who a user is by where it logs in. The id says so, and not the connection: with `preserve` an import brings
 * users of other providers into a database, too, and what holds for a database's users does not hold for them.
 */
export function isDatabaseUser(userId: string): boolean {
  return userId.startsWith(DATABASE_PREFIX)
}

const DATABASE_PREFIX = `${DATABASE_STRATEGY}|`

/**
 * Whose values are the user's own: the kinds of users among whom no two of a connection have the same. A provider's
 * users are told apart by their ids alone. The unique indexes of `muster.users` say the same.
 */
const UNIQUE_AMONG: Record<Conflict, readonly string[] | 'everybody'> = {
  email: [DATABASE_STRATEGY, 'email'],
  username: [DATABASE_STRATEGY],
  phone_number: [DATABASE_STRATEGY, 'sms'],
  user_id: 'everybody',
}

export function isUnique(kind: Conflict, userId: string): boolean {
  const among = UNIQUE_AMONG[kind]
  return among === 'everybody' || among.some((provider) => userId.startsWith(`${provider}|`))
}
