import type { Json, JsonObject } from '../../src/domain/json.ts'
import { isJsonObject } from '../../src/domain/json.ts'
import type { GlobPiece, Question } from './question.ts'

// A second implementation of docs/filter.md: loops over one profile, independent of SQL.

const ANY_CASE = ['email', 'name', 'given_name', 'family_name', 'nickname', 'username', 'email.domain']
const BARE = ['user_id', 'email', 'username', 'phone_number', 'name', 'given_name', 'family_name', 'nickname']
const TEXTS = [...BARE, 'email.domain', 'picture', 'last_ip']
const MOMENTS = ['created_at', 'updated_at', 'last_login', 'last_password_reset', 'multifactor_last_modified']

/** Whether the question is true of the user. */
export function holds(question: Question, user: JsonObject): boolean {
  switch (question.kind) {
    case 'and':
      return question.of.every((part) => holds(part, user))
    case 'or':
      return question.of.some((part) => holds(part, user))
    case 'not':
      return !holds(question.of, user)
    case 'exists':
      return valuesAt(user, question.field).some(hasScalar)
    case 'is':
      return valuesAt(user, question.field).some((value) => equals(question.field, value, question.value))
    case 'like':
      return valuesAt(user, question.field).some((value) => matches(question.field, value, question.pattern))
    case 'between':
      return valuesAt(user, question.field).some((value) => isBetween(question, value))
    case 'bare':
      return BARE.some((name) => holds({ kind: 'is', field: [name], value: question.value }, user))
    case 'bare like':
      return BARE.some((name) => holds({ kind: 'like', field: [name], pattern: question.pattern }, user))
    default:
      return question satisfies never
  }
}

// All values that a path leads to, through any arrays on the way and at its end.
function valuesAt(user: JsonObject, field: readonly string[]): Json[] {
  if (field.join('.') === 'email.domain') {
    const email = user['email']
    return typeof email === 'string' ? [email.slice(email.indexOf('@') + 1)] : []
  }
  let values: Json[] = [user]
  for (const name of field) {
    const next: Json[] = []
    for (const value of values.flatMap(unpacked))
      if (isJsonObject(value) && Object.hasOwn(value, name)) next.push(value[name] as Json)
    values = next
  }
  return values.flatMap(unpacked)
}

function unpacked(value: Json): Json[] {
  return Array.isArray(value) ? value.flatMap(unpacked) : [value]
}

function hasScalar(value: Json): boolean {
  if (value === null) return false
  if (typeof value !== 'object') return true
  return Object.values(value).flatMap(unpacked).some(hasScalar)
}

function equals(field: readonly string[], value: Json, asked: string): boolean {
  const name = field.join('.')
  if (TEXTS.includes(name)) return folded(name, value) === folded(name, asked)
  if (MOMENTS.includes(name)) return String(value).startsWith(asked)
  if (typeof value === 'string') return value === asked
  return value !== null && value === written(asked)
}

// The number or boolean that a text writes.
function written(text: string): unknown {
  try {
    return text.trim() === text ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

function folded(name: string, value: Json): string {
  return ANY_CASE.includes(name) ? String(value).toLowerCase() : String(value)
}

function matches(field: readonly string[], value: Json, pattern: readonly GlobPiece[]): boolean {
  if (typeof value !== 'string') return false
  const name = field.join('.')
  const pieces = pattern.flatMap<GlobPiece>((piece) =>
    typeof piece === 'string' ? [...folded(name, piece)] : [piece],
  )
  return globs(pieces, [...folded(name, value)])
}

function globs(pieces: readonly GlobPiece[], characters: readonly string[]): boolean {
  const [piece, ...rest] = pieces
  if (piece === undefined) return characters.length === 0
  if (typeof piece === 'string') return characters[0] === piece && globs(rest, characters.slice(1))
  if (piece.any === 'one') return characters.length > 0 && globs(rest, characters.slice(1))
  return characters.some((_, skipped) => globs(rest, characters.slice(skipped))) || globs(rest, [])
}

function isBetween(question: Extract<Question, { kind: 'between' }>, value: Json): boolean {
  const { field, low, high } = question
  // A range that is open on both sides asks whether there is anything.
  if (low === undefined && high === undefined) return hasScalar(value)
  const isAbove = low === undefined || compare(field, value, low.value) >= (low.isInclusive ? 0 : 1)
  return isAbove && (high === undefined || compare(field, value, high.value) <= (high.isInclusive ? 0 : -1))
}

// Below 0 where the value comes first; NaN, which is on no side of anything, where the two cannot be compared.
function compare(field: readonly string[], value: Json, asked: string): number {
  const name = field.join('.')
  // Cut to as much of a time as is asked for.
  if (MOMENTS.includes(name)) return byBytes(String(value).slice(0, asked.length), asked)
  if (typeof value === 'string') return byBytes(folded(name, value), folded(name, asked))
  const number = written(asked)
  return typeof value === 'number' && typeof number === 'number' ? Math.sign(value - number) : Number.NaN
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
