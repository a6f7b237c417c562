import { ExactNumber } from '../domain/exact-number.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { ATTRIBUTES, isAttribute } from '../domain/profile.ts'

// A longer text shows no more.
const TEXT_MAX = 40
const PREFIX = 'auth0|'

/** A profile that shows what kind of value each attribute has, and says nothing of a person. */
export function maskUser(user: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(user).map(([name, value]) => [keyOf(name), maskAttribute(name, value)]),
  )
}

function maskAttribute(name: string, value: Json): Json {
  if (name === 'user_id' && typeof value === 'string' && value.startsWith(PREFIX))
    return PREFIX + maskText(value.slice(PREFIX.length))
  if (name === 'identities' && Array.isArray(value)) return value.map(maskIdentity)
  // Its values are the kinds of factors, such as `totp`.
  if (name === 'multifactor') return value
  const isMoment = isAttribute(name) && ATTRIBUTES[name].kind === 'moment'
  // A wrong unit or a wrong century shows in the date.
  if (isMoment && typeof value === 'string') return value.slice(0, 10) + value.slice(10).replace(/\d/g, '9')
  return maskValue(value)
}

const SHOWN_OF_IDENTITY: ReadonlySet<string> = new Set(['provider', 'connection', 'isSocial'])

function maskIdentity(identity: Json): Json {
  if (!isJsonObject(identity)) return maskValue(identity)
  const masked = Object.entries(identity).map(([name, value]) => [
    name,
    SHOWN_OF_IDENTITY.has(name) ? value : maskValue(value),
  ])
  return Object.fromEntries(masked) as JsonObject
}

function maskValue(value: Json): Json {
  if (typeof value === 'string') return maskText(value)
  if (typeof value === 'number') return maskNumber(value)
  if (value instanceof ExactNumber) return maskText(value.digits)
  if (Array.isArray(value)) return value.map(maskValue)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [keyOf(name), maskValue(member)]))
}

// More digits would not fit into a number.
function maskNumber(value: number): number {
  const [digits = ''] = /\d{1,15}/.exec(String(value)) ?? []
  return Number('9'.repeat(digits.length))
}

const PLAIN_KEY = /^[A-Za-z_][\w.:/-]{0,63}$/

// A name in metadata is the application's own, unless it looks like a text that a person wrote.
function keyOf(name: string): string {
  return PLAIN_KEY.test(name) ? name : maskText(name)
}

/** Letters become x, digits 9. Marks of ASCII stay, since they show an e-mail address or a number. */
function maskText(text: string): string {
  const masked = [...text.slice(0, TEXT_MAX + 1)].map(maskCharacter).join('')
  return text.length > TEXT_MAX ? `${masked.slice(0, TEXT_MAX)}…` : masked
}

function maskCharacter(character: string): string {
  if (/\p{N}/u.test(character)) return '9'
  if (/\p{Lu}/u.test(character)) return 'X'
  if (/\p{L}/u.test(character)) return 'x'
  return /^[\x20-\x7e]$/.test(character) ? character : '?'
}
