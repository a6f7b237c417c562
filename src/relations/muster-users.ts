import { ATTRIBUTE_NAMES } from '../domain/profile.ts'
import { musterChanges } from './muster-changes.ts'
import type { Relation } from './relation.ts'
import { bytes, exact, folded, stored } from './text-column.ts'
import { type ProfileColumns, valueAt } from './value.ts'

// As the table is made (migration 0001): callers may leave out all others.
const COLUMNS: ProfileColumns = {
  names: new Set([...ATTRIBUTE_NAMES, 'extra']),
  neverNull: new Set(['user_id', 'identities', 'created_at', 'updated_at']),
}

// With the indexes users_user_id, users_email, users_lowered_email, users_username, users_lowered_username,
// users_phone_number and users_name.
const TEXTS: Relation['texts'] = {
  user_id: { ...bytes, sql: 'user_id' },
  email: { ...stored, sql: 'email', lowered: 'lowered_email' },
  'email.domain': { ...stored, sql: `split_part(coalesce(lowered_email, email), '@', 2)` },
  username: { ...stored, sql: 'username', lowered: 'lowered_username' },
  phone_number: { ...bytes, sql: 'phone_number' },
  name: { ...folded, sql: 'lower(name)', indexedLength: 256 },
  given_name: { ...folded, sql: 'lower(given_name)' },
  family_name: { ...folded, sql: 'lower(family_name)' },
  nickname: { ...folded, sql: 'lower(nickname)' },
  picture: { ...exact, sql: 'picture' },
  last_ip: { ...exact, sql: 'last_ip' },
}

/** The users that Muster holds itself. */
export const musterUsers: Relation = {
  from: 'muster.users',
  // From a sequence. An import that is refused, or a deleted user, leaves a gap.
  key: { sql: 'key', type: 'bigint', cut: 'evenly' },
  connection: 'connection_id',
  column: (path) => valueAt(path, COLUMNS),
  json: (root) => root,
  texts: TEXTS,
  indexed: new Set([
    ...(['user_id', 'email', 'username', 'phone_number', 'name'] as const),
    // The indexes users_created_at and users_last_login.
    ...(['created_at', 'last_login'] as const),
  ]),
  changes: musterChanges,
}
