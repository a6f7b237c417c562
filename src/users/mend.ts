import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { isMoment } from '../domain/moment.ts'
import { ATTRIBUTES, isAttribute } from '../domain/profile.ts'
import { type LeftOut, leftOut } from './left-out.ts'
import { ROOT_PATH, short } from './rules.ts'

export interface Mended {
  readonly user: JsonObject
  readonly leftOut: readonly LeftOut[]
}

/**
 * Other tools write null for an absent value and booleans as texts, and some providers gave Auth0 such values. A move
 * to Muster must not lose a user because of them, so such values are repaired.
 */
export function mended(user: JsonObject, { preserve }: { readonly preserve: boolean }): Mended {
  const given: [string, Json][] = []
  const without: LeftOut[] = []
  for (const [name, value] of Object.entries(user)) {
    const meant = meaningOf(name, value)
    if (meant === null) continue
    const message = preserve ? uselessness(name, meant) : undefined
    if (message === undefined) given.push([name, meant])
    else without.push(leftOut(ROOT_PATH + name, message))
  }
  // Not by assignment, because an attribute may be named __proto__.
  return { user: Object.fromEntries(given), leftOut: without }
}

function meaningOf(name: string, value: Json): Json {
  if (typeof value === 'string' && kindOf(name) === 'boolean' && /^(?:true|false)$/i.test(value))
    return value.toLowerCase() === 'true'
  return name === 'identities' && Array.isArray(value) ? value.map(withoutNulls) : value
}

function withoutNulls(identity: Json): Json {
  if (!isJsonObject(identity)) return identity
  return Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== null))
}

const IDENTIFIERS = ['email', 'username', 'phone_number']

function uselessness(name: string, value: Json): string | undefined {
  const kind = kindOf(name)
  if (typeof value !== 'string' || kind === undefined) return undefined
  if (value === '' && (kind !== 'text' || IDENTIFIERS.includes(name))) return 'An empty text is no value'
  // A timestamp says when an address was verified. The user is refused, so that this time is not lost silently.
  if (kind !== 'boolean' || isMoment(value)) return undefined
  return `Expected true or false but found ${JSON.stringify(short(value))}`
}

function kindOf(name: string): (typeof ATTRIBUTES)[keyof typeof ATTRIBUTES]['kind'] | undefined {
  return isAttribute(name) ? ATTRIBUTES[name].kind : undefined
}
