import { isJsonObject, type Json } from '../domain/json.ts'
import { writeJson } from '../domain/write-json.ts'

/** The attributes that say who a user is. */
export const IDENTIFYING = ['email', 'user_id', 'username', 'phone_number'] as const

/**
 * By this a user in a server's error is found in the users file. Not by the whole user: servers mask secrets, shorten
 * large users and may write numbers with other digits.
 */
export function identityOf(user: Json): string {
  if (!isJsonObject(user)) return ''
  return writeJson(IDENTIFYING.map((name) => identifier(user[name])))
}

function identifier(value: Json | undefined): Json {
  return typeof value === 'string' ? value.toLowerCase() : (value ?? null)
}
