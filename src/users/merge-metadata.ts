import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'

/** As Auth0 does: on the first level, and null removes a member. A null that is already stored stays. */
export function mergedMetadata(present: Json | undefined, given: JsonObject): JsonObject {
  const kept = Object.entries(isJsonObject(present) ? present : {}).filter(
    ([name]) => !Object.hasOwn(given, name),
  )
  const written = Object.entries(given).filter(([, value]) => value !== null)
  return Object.fromEntries([...kept, ...written])
}
