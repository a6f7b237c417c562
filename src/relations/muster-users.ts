import { ATTRIBUTE_NAMES } from '../domain/profile.ts'
import { musterChanges } from './muster-changes.ts'
import type { Relation } from './relation.ts'
import { bytes, exact, folded, stored } from './text-column.ts'
import { type ProfileColumns, valueAt } from './value.ts'

// `neverNull` must agree with the `not null` columns of migration 0001.
const COLUMNS: ProfileColumns = {
  names: new Set([...ATTRIBUTE_NAMES, 'extra']),
  neverNull: new Set(['user_id', 'identities', 'created_at', 'updated_at']),
}

// These comparisons use the indexes users_user_id, users_email, users_lowered_email, users_username,
// users_lowered_username, users_phone_number and users_name. A change here can turn a search into a read of all users.
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

const INDEXED: Relation['indexed'] = new Set([
  ...(['user_id', 'email', 'username', 'phone_number', 'name'] as const),
  // The indexes users_created_at and users_last_login serve sorts and searches by these two.
  ...(['created_at', 'last_login'] as const),
])

export const musterUsers: Relation = {
  from: 'muster.users',
  // Keys come from a sequence, so most numbers are users. Refused and deleted users leave gaps.
  key: { sql: 'key', type: 'bigint', cut: 'evenly' },
  connection: 'connection_id',
  column: (path) => valueAt(path, COLUMNS),
  json: (root) => root,
  texts: TEXTS,
  indexed: INDEXED,
  inOrder: INDEXED,
  keyOf: undefined,
  changes: musterChanges,
}
