import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { isServerMade, type LeftOut, serverMade } from './left-out.ts'
import { isSocial } from './new-profile.ts'

/**
 * Accepts a user as an export writes it, so that an exported file can be imported again.
 * 1. Without `preserve`, what only the server sets is left out and reported.
 * 2. With `preserve`, a first identity that lacks members is completed: a CSV file may have only its connection.
 */
export function understand(
  entry: unknown,
  { preserve }: { readonly preserve: boolean },
): { readonly user: unknown; readonly leftOut?: readonly LeftOut[] } {
  if (!isJsonObject(entry)) return { user: entry }
  if (preserve) return { user: withWholeIdentity(entry) }
  const names = Object.keys(entry)
  // A fast path, since most users have none of these attributes.
  if (!names.some(isServerMade)) return { user: entry }
  const leftOut = names.flatMap((name) => (entry[name] === null ? [] : (serverMade(name) ?? [])))
  if (leftOut.length === 0) return { user: entry }
  const kept = Object.entries(entry).filter(([name]) => !isServerMade(name))
  return { user: Object.fromEntries(kept), leftOut }
}

// The user id gives the missing members: `github|123` is user 123 of the provider github.
function withWholeIdentity(user: JsonObject): JsonObject {
  const { identities, user_id } = user
  if (!Array.isArray(identities) || typeof user_id !== 'string') return user
  const [first, ...others] = identities as readonly Json[]
  const bar = user_id.indexOf('|')
  if (!isJsonObject(first) || bar === -1 || isWhole(first)) return user
  const provider = first['provider'] ?? user_id.slice(0, bar)
  const made = { provider, isSocial: isSocial(String(provider)), user_id: user_id.slice(bar + 1) }
  return { ...user, identities: [{ ...made, ...first }, ...others] }
}

function isWhole({ provider, user_id, isSocial }: JsonObject): boolean {
  return provider !== undefined && user_id !== undefined && isSocial !== undefined
}
