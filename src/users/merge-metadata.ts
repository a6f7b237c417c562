import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'

/** Merges the first level, as Auth0 does. Null removes a member, but a null that is already stored stays. */
export function mergedMetadata(present: Json | undefined, given: JsonObject): JsonObject {
  const kept = Object.entries(isJsonObject(present) ? present : {}).filter(
    ([name]) => !Object.hasOwn(given, name),
  )
  const written = Object.entries(given).filter(([, value]) => value !== null)
  return Object.fromEntries([...kept, ...written])
}
