import type { JsonObject } from '../domain/json.ts'
import type { Profile } from '../domain/profile.ts'
import { isDatabaseUser } from './user-kind.ts'

/**
 * Attributes that are found in any case. Beside each lies a column, `lowered_email` or `lowered_username`, with what
 * it is in lower case. JavaScript makes it, so that the database's locale has no say in which letters are the same.
 */
export const LOWERED_NAMES = ['email', 'username'] as const

/** What these columns hold: nothing for users of the database, whose attributes are in lower case themselves. */
export function loweredColumns(profile: Profile): readonly (string | null)[] {
  if (isDatabaseUser(profile.user_id)) return []
  return LOWERED_NAMES.map((name) => {
    const value = (profile as JsonObject)[name]
    return typeof value === 'string' ? value.toLowerCase() : null
  })
}
