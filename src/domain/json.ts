import { digitsOf, ExactNumber, NUMBER_DIGITS_MAX } from './exact-number.ts'

/** RFC 8259, as `readJson` returns it. */
export type Json = string | number | ExactNumber | boolean | null | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json
}

export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  )
}

/** An assignment to `__proto__` would change the prototype and lose the member. */
export function setMember(object: object, name: string | number, value: Json): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  else (object as Record<string | number, Json>)[name] = value
}

export interface Unstorable {
  readonly path: string
  readonly reason: string
}

// UTF-8, and so PostgreSQL, cannot write one half of a surrogate pair. PostgreSQL's text holds no NUL.
const UNSTORABLE_TEXT = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

// No real profile is nested so deep. The limit keeps recursive code far from the end of the stack.
const DEPTH_MAX = 100

// A cheap first test, for speed: nearly no text has one of these, and only such a text gets the second test.
const SUSPICIOUS_TEXT = /[\0\uD800-\uDFFF]/

/**
 * What PostgreSQL could not store and give back unchanged. Every request and import is checked, so that no export fails
 * on a stored value.
 */
export function findUnstorable(value: unknown, depth = 0): Unstorable | undefined {
  if (typeof value === 'string') return unstorableText(value)
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { path: '', reason: 'a number is too large for a JSON reader to hold' }
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof ExactNumber) return unstorableNumber(value)
  if (depth === DEPTH_MAX) return { path: '', reason: `values are nested more than ${DEPTH_MAX} levels deep` }
  return Array.isArray(value)
    ? unstorableItem(value, depth)
    : unstorableMember(value as Readonly<Record<string, unknown>>, depth)
}

// Nearly all values have nothing, and imports check millions. So the path is made only after something was found.
function unstorableItem(items: readonly unknown[], depth: number): Unstorable | undefined {
  for (let at = 0; at < items.length; at++) {
    const found = findUnstorable(items[at], depth + 1)
    if (found !== undefined) return { ...found, path: `[${at}]${joined(found.path)}` }
  }
  return undefined
}

function unstorableMember(members: Readonly<Record<string, unknown>>, depth: number): Unstorable | undefined {
  for (const key of Object.keys(members)) {
    const inKey = unstorableText(key)
    if (inKey !== undefined) return inKey
    const found = findUnstorable(members[key], depth + 1)
    if (found !== undefined) return { ...found, path: `${key}${joined(found.path)}` }
  }
  return undefined
}

function unstorableNumber(number: ExactNumber): Unstorable | undefined {
  const digits = digitsOf(number)
  if (digits !== undefined && digits <= NUMBER_DIGITS_MAX) return undefined
  const count = digits === undefined ? 'over a thousand' : String(digits)
  const reason = `a number has ${count} digits when it is written without an exponent, and at most ${NUMBER_DIGITS_MAX} are kept`
  return { path: '', reason }
}

function joined(path: string): string {
  return path === '' || path.startsWith('[') ? path : `.${path}`
}

function unstorableText(text: string): Unstorable | undefined {
  if (!SUSPICIOUS_TEXT.test(text)) return undefined
  const match = UNSTORABLE_TEXT.exec(text)
  if (match === null) return undefined
  const what = match[0] === '\0' ? 'a NUL character' : 'half of a surrogate pair'
  return { path: '', reason: `text holds ${what} at position ${match.index}` }
}
