import { digitsOf, ExactNumber, NUMBER_DIGITS_MAX } from '../domain/exact-number.ts'
import { isJsonObject, type Json } from '../domain/json.ts'
import { CREDENTIAL_NAMES } from '../domain/profile.ts'
import { SECRET_MASK } from './rules.ts'
import {
  isSecretMember,
  isSecretNumber,
  kindIn,
  type Member,
  type Place,
  placeAtRoot,
  placeBelow,
  placeOfItems,
} from './secret-members.ts'
import type { NameKind, SecretNames } from './secret-names.ts'
import { isHashLike } from './secret-texts.ts'

// Deeper values are refused, and would exhaust the stack of whoever writes them as JSON.
const DEPTH_MAX = 20

/**
 * A user as an import's errors may show it: secrets masked wherever they stand, metadata included, and what could
 * not be stored replaced, so that the error itself can be stored.
 */
export function maskSecrets(user: unknown, names: SecretNames): Json {
  const nowhere = placeAtRoot({}, names)
  return isJsonObject(user)
    ? copyOfMembers(placeAtRoot(user, names))
    : copyOf({ kind: 'plain', value: user, name: '' }, nowhere)
}

function copyOfMembers(place: Place): Json {
  const entries = Object.entries(place.members)
  const isSalted = entries.some(
    ([name, value]) => place.names.of(name) === 'salt' && typeof value === 'string',
  )
  return Object.fromEntries(
    entries.map(([name, member]) => {
      const kind = kindOf(name, place)
      if (kind === 'shaped') return [SECRET_MASK, SECRET_MASK]
      const isHash = isSalted && kind !== 'harmless' && typeof member === 'string' && isHashLike(member)
      return [storable(name), isHash ? SECRET_MASK : copyOf({ kind, value: member, name }, place)]
    }),
  )
}

function kindOf(name: string, place: Place): NameKind {
  return place.depth === 0 && OWN.has(name) ? 'secret' : kindIn(place, name)
}

// Whatever they hold, they hold secrets; `mfa_factors` alone is no name of one.
const OWN: ReadonlySet<string> = new Set(CREDENTIAL_NAMES)

function copyOf({ kind, value, name }: Member<unknown>, place: Place): Json {
  if (typeof value === 'string') return isSecretMember(kind, value, place) ? SECRET_MASK : storable(value)
  if (typeof value === 'number')
    return copyOfNumber(value, isSecretNumber(kind, place, typeof name === 'number'))
  if (value instanceof ExactNumber)
    return copyOfExact(value, isSecretNumber(kind, place, typeof name === 'number'))
  if (typeof value !== 'object' || value === null) return typeof value === 'boolean' ? value : null
  if (place.depth === DEPTH_MAX) return '…'
  if (Array.isArray(value)) {
    const below = placeOfItems(name, place)
    return value.map((item: unknown, at) => copyOf({ kind, value: item, name: at }, below))
  }
  return isJsonObject(value) ? copyOfMembers(placeBelow({ kind, value, name }, place)) : null
}

function copyOfNumber(value: number, isSecret: boolean): Json {
  if (isSecret) return SECRET_MASK
  return Number.isFinite(value) ? value : null
}

// One of too many digits is shown as a text, as it was given: written out it could take a thousand times the room.
function copyOfExact(number: ExactNumber, isSecret: boolean): Json {
  if (isSecret) return SECRET_MASK
  const isShort = (digitsOf(number) ?? Number.POSITIVE_INFINITY) <= NUMBER_DIGITS_MAX
  if (isShort || number.digits.length <= NUMBER_DIGITS_MAX) return isShort ? number : number.digits
  return `${number.digits.slice(0, NUMBER_DIGITS_MAX)}…`
}

/** The same text, with what PostgreSQL cannot store replaced by U+FFFD. */
export function storable(text: string): string {
  // Nearly all texts have neither; to write them anew is most of what an error costs.
  if (!/[\0\uD800-\uDFFF]/.test(text)) return text
  return Buffer.from(text).toString().replaceAll('\0', '\uFFFD')
}
