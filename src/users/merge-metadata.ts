import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'

/**
 * Merges metadata as Auth0 does: on its first level, and a member that is given as null is taken away. A null that
 * was stored before is a value, and stays.
 */
export function mergedMetadata(present: Json | undefined, given: JsonObject): JsonObject {
  const kept = Object.entries(isJsonObject(present) ? present : {}).filter(
    ([name]) => !Object.hasOwn(given, name),
  )
  const written = Object.entries(given).filter(([, value]) => value !== null)
  return Object.fromEntries([...kept, ...written])
}
