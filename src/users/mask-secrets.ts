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

// An error may show a value that was refused because it is nested too deep. Writing it as JSON would exhaust the stack.
const DEPTH_MAX = 20

/**
 * For the errors of an import, which are stored and shown: masks all secrets, also in metadata, and replaces what
 * PostgreSQL cannot store.
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

// All values in credentials count as secrets. The name `mfa_factors` alone does not mean a secret.
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

// A number with too many digits is shown as in the file. Without its exponent it could be a thousand times as long.
function copyOfExact(number: ExactNumber, isSecret: boolean): Json {
  if (isSecret) return SECRET_MASK
  const isShort = (digitsOf(number) ?? Number.POSITIVE_INFINITY) <= NUMBER_DIGITS_MAX
  if (isShort || number.digits.length <= NUMBER_DIGITS_MAX) return isShort ? number : number.digits
  return `${number.digits.slice(0, NUMBER_DIGITS_MAX)}…`
}

/** U+FFFD takes the place of what PostgreSQL cannot store. */
export function storable(text: string): string {
  // A fast path: nearly all texts have no NUL and no surrogate, and copying them would be slow.
  if (!/[\0\uD800-\uDFFF]/.test(text)) return text
  return Buffer.from(text).toString().replaceAll('\0', '\uFFFD')
}
