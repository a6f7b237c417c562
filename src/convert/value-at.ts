import { ExactNumber } from '../domain/exact-number.ts'
import type { FieldPath, PathStep } from '../domain/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'

/** `valueAt` in relations/value.ts has the same rules in SQL. If they differ, a converted file differs from an export. */
export function valueAt(user: JsonObject, { root, steps, whole }: FieldPath): Json | undefined {
  if (whole !== undefined && Object.hasOwn(user, whole)) return user[whole]
  return steps.reduce<Json | undefined>(inside, memberOf(user, root))
}

// As PostgreSQL's `#>`: a name of digits is a position in an array, and a position is a name in an object.
function inside(value: Json | undefined, step: PathStep): Json | undefined {
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(String(step)) ? value[Number(step)] : undefined
  return isJsonObject(value) ? memberOf(value, String(step)) : undefined
}

/** Strict: a name leads only into an object, and a position only into an array. */
export function endAt(user: JsonObject, { root, steps }: FieldPath): Json | undefined {
  let value = memberOf(user, root)
  for (const step of steps) {
    if (typeof step === 'number') value = Array.isArray(value) ? value[step] : undefined
    else value = isJsonObject(value) ? memberOf(value, step) : undefined
  }
  return isEnd(value) ? value : undefined
}

function memberOf(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function isEnd(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return value !== undefined
  return Object.keys(value).length === 0
}

/** The paths at which a value ends: at a scalar, `null`, `{}` or `[]`. */
export function* endsOf(value: Json, steps: readonly PathStep[] = []): Generator<readonly PathStep[]> {
  if (isEnd(value)) yield steps
  else if (Array.isArray(value)) {
    for (const [at, item] of (value as readonly Json[]).entries()) yield* endsOf(item, [...steps, at])
  } else {
    for (const [name, member] of Object.entries(value as JsonObject)) yield* endsOf(member, [...steps, name])
  }
}
