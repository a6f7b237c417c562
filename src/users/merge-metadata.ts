import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'

/** Merges metadata as Auth0 does: on its first level, and what is null is taken away. */
export function mergedMetadata(present: Json | undefined, given: JsonObject): JsonObject {
  const both = { ...(isJsonObject(present) ? present : {}), ...given }
  return Object.fromEntries(Object.entries(both).filter(([, value]) => value !== null))
}
