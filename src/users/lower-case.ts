import type { JsonObject } from '../domain/json.ts'
import type { Profile } from '../domain/profile.ts'
import { isDatabaseUser } from './user-kind.ts'

/**
 * Queries find these attributes in any case, so the columns `lowered_email` and `lowered_username` hold them in lower
 * case. JavaScript makes the lower case, so that it does not depend on the locale of the database.
 */
export const LOWERED_NAMES = ['email', 'username'] as const

/** Empty for users of a database connection, whose attributes are in lower case already. */
export function loweredColumns(profile: Profile): readonly (string | null)[] {
  if (isDatabaseUser(profile.user_id)) return []
  return LOWERED_NAMES.map((name) => {
    const value = (profile as JsonObject)[name]
    return typeof value === 'string' ? value.toLowerCase() : null
  })
}
