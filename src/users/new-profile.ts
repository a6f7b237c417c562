import { hash } from 'node:crypto'
import { type Connection, DATABASE_STRATEGY } from '../domain/connection.ts'
import { ExactNumber } from '../domain/exact-number.ts'
import { newDatabaseUserId } from '../domain/ids.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { ATTRIBUTE_NAMES, ATTRIBUTES, type Profile } from '../domain/profile.ts'
import { isDatabaseUser } from './user-kind.ts'

export interface ProfileMaking {
  readonly connection: Connection
  readonly now: Date | string
  readonly preserve?: boolean
  readonly takesWholeIds?: boolean
}

/** Clients rely on what Auth0 adds: id, name, nickname, picture, identity and timestamps. */
export function newProfile(attributes: JsonObject, making: ProfileMaking): Profile {
  const userId = userIdOf(attributes, making)
  const given = savedBy(userId, attributes)
  const fixed = { user_id: userId, identities: identitiesOf(given['identities'], userId, making) }
  const kept = making.preserve === true ? preservedValues(given) : {}
  const moment = typeof making.now === 'string' ? making.now : making.now.toISOString()
  const made = { created_at: moment, updated_at: moment }
  // With `preserve` a profile must stay as it was, so it gets no defaults except the timestamps, which every profile has.
  const defaults = making.preserve === true ? [] : [verifiedDefaults(given), nameDefaults(given)]
  return layeredProfile([fixed, kept, given, made, ...defaults])
}

function verifiedDefaults(given: JsonObject): JsonObject {
  return {
    email_verified: text(given['email']) === undefined ? null : false,
    phone_verified: text(given['phone_number']) === undefined ? null : false,
  }
}

function nameDefaults(given: JsonObject): JsonObject {
  const email = text(given['email'])
  const phone = text(given['phone_number'])
  const login = email ?? text(given['username']) ?? phone
  const nickname = email === undefined ? login : email.slice(0, email.lastIndexOf('@'))
  return {
    name: login ?? null,
    nickname: nickname ?? null,
    picture: nickname === undefined || given['picture'] !== undefined ? null : pictureOf(email, nickname),
  }
}

/** Auth0's database connections store emails and usernames in lower case. For other users they stay as they are. */
export function savedBy(userId: string, attributes: JsonObject): JsonObject {
  if (!isDatabaseUser(userId)) return attributes
  const email = text(attributes['email'])?.toLowerCase()
  const username = text(attributes['username'])?.toLowerCase()
  if (email === attributes['email'] && username === attributes['username']) return attributes
  return {
    ...attributes,
    ...(email === undefined ? {} : { email }),
    ...(username === undefined ? {} : { username }),
  }
}

/**
 * The first layer with an attribute decides, so a null there removes the attribute. The result has the order in which a
 * profile shows attributes.
 */
export function layeredProfile(layers: readonly JsonObject[]): Profile {
  const known: (Json | undefined)[] = []
  const extra = new Map<string, Json>()
  for (const layer of layers)
    for (const name of Object.keys(layer)) {
      const value = layer[name]
      if (value === undefined) continue
      const at = PLACES.get(name)
      if (at !== undefined) known[at] = known[at] === undefined ? value : known[at]
      else if (!extra.has(name)) extra.set(name, value)
    }
  const profile: Record<string, Json> = {}
  for (let at = 0; at < known.length; at++) {
    const value = known[at]
    if (value !== undefined && value !== null) profile[ATTRIBUTE_NAMES[at] as string] = value
  }
  if (extra.size === 0) return profile as Profile
  // Not by assignment, because an attribute may be named __proto__.
  return { ...profile, ...Object.fromEntries([...extra].filter(([, value]) => value !== null)) } as Profile
}

const PLACES: ReadonlyMap<string, number> = new Map(ATTRIBUTE_NAMES.map((name, at) => [name, at]))

const INTEGERS = ATTRIBUTE_NAMES.filter((name) => ATTRIBUTES[name].kind === 'integer')
const MOMENTS = ATTRIBUTE_NAMES.filter((name) => ATTRIBUTES[name].kind === 'moment')

// The form in which a profile shows a timestamp. Hour 24 must be converted: it is hour 0 of the next day.
const SHOWN = /^\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d\.\d{3}Z$/

// Converts to the form of the columns: timestamps in UTC with milliseconds, and a count of 3.0 as 3.
function preservedValues(given: JsonObject): JsonObject {
  const values: Record<string, Json> = {}
  for (const name of INTEGERS) if (given[name] instanceof ExactNumber) values[name] = Number(given[name])
  for (const name of MOMENTS) {
    const moment = text(given[name])
    if (moment !== undefined) values[name] = SHOWN.test(moment) ? moment : new Date(moment).toISOString()
  }
  return values
}

function userIdOf(given: JsonObject, { connection, preserve, takesWholeIds }: ProfileMaking): string {
  const id = text(given['user_id'])
  const prefix = `${connection.strategy}|`
  if (id === undefined || id === '') return prefix + newDatabaseUserId()
  // Auth0's form always adds the prefix. An id from an export has it already.
  const isWhole = (preserve === true || takesWholeIds === true) && id.startsWith(prefix)
  return isWhole || (preserve === true && isOfFirst(given['identities'], id)) ? id : prefix + id
}

// Without this, an id of another provider would get this connection's prefix. The first identity must confirm the id.
function isOfFirst(identities: Json | undefined, id: string): boolean {
  const first: unknown = Array.isArray(identities) ? identities[0] : undefined
  return isJsonObject(first) && `${String(first['provider'])}|${String(first['user_id'])}` === id
}

function identitiesOf(given: Json | undefined, userId: string, making: ProfileMaking): Json {
  if (making.preserve === true && Array.isArray(given)) return given
  const { connection } = making
  return [
    {
      connection: connection.name,
      user_id: userId.slice(connection.strategy.length + 1),
      provider: connection.strategy,
      isSocial: isSocial(connection.strategy),
    },
  ]
}

export function isSocial(provider: string): boolean {
  return !NOT_SOCIAL.has(provider)
}

// Auth0's database, passwordless and enterprise strategies. All other strategies are social.
const NOT_SOCIAL = new Set([
  DATABASE_STRATEGY,
  ...['email', 'sms'],
  ...['ad', 'adfs', 'google-apps', 'office365', 'oidc', 'okta', 'pingfederate', 'samlp', 'waad'],
])

const AVATARS = 'https://cdn.auth0.com/avatars/'
// Encoded once, because this is slow for every user of an import.
const AVATARS_ENCODED = encodeURIComponent(AVATARS)

/**
 * Clients expect the attribute: at Auth0 it is the user's Gravatar, with a picture of two letters as the fallback.
 * Muster never fetches the URL.
 */
function pictureOf(email: string | undefined, nickname: string): string {
  const letters = /^[a-z0-9]{2}/.exec(nickname.toLowerCase())?.[0] ?? 'default'
  if (email === undefined) return `${AVATARS}${letters}.png`
  // Gravatar requires MD5. Nothing depends on its strength.
  return `https://s.gravatar.com/avatar/${hash('md5', email.toLowerCase())}?s=480&r=pg&d=${AVATARS_ENCODED}${letters}.png`
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
