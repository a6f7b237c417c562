import type { Json, JsonObject } from '../domain/json.ts'
import { newRandom, type Random } from './random.ts'
import { CONSENT_TEXTS, FAMILY_NAMES, GIVEN_NAMES, ODD_KEYS, ODD_TEXTS } from './words.ts'

export interface Generating {
  readonly users: number
  readonly seed: number
  /** Also ids, identities, timestamps and counters, which an import takes only if it preserves them. */
  readonly isPreserved: boolean
  /** The name of the connection, for the identities. */
  readonly connection: string
}

/**
 * The same users for the same seed. The first thousand of a million are the same thousand. Every import takes all of
 * them, those of Auth0 too unless `isPreserved`.
 */
export function* generatedUsers(generating: Generating): Generator<JsonObject> {
  for (let n = 0; n < generating.users; n++) yield userOf(n, generating)
}

function userOf(n: number, { seed, isPreserved, connection }: Generating): JsonObject {
  const random = newRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(n + 1, 0x85ebca6b))
  const id = hexOf(seed, 8) + hexOf(n, 16)
  return {
    user_id: isPreserved ? `auth0|${id}` : id,
    ...names(random, n, seed),
    email_verified: random.chance(0.7),
    ...(random.chance(0.04) ? { blocked: true } : {}),
    ...(random.chance(0.1) ? { picture: `https://img.example.com/${random.hex(8)}.png` } : {}),
    ...(random.chance(0.9) ? { user_metadata: userMetadata(random) } : {}),
    ...(random.chance(0.6) ? { app_metadata: appMetadata(random) } : {}),
    ...(isPreserved ? { ...activity(random), identities: identities(random, id, connection) } : {}),
  }
}

// A number in the address and in the id, since random ones would meet twice among millions.
function hexOf(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0').slice(-digits)
}

function names(random: Random, n: number, seed: number): JsonObject {
  const [given, family] = [random.pick(GIVEN_NAMES), random.pick(FAMILY_NAMES)]
  const word = [given, family].map(plain).filter((part) => part !== '')
  return {
    email: `${[...word, n + 1].join('.')}@seed${seed}.example`,
    ...(random.chance(0.8) ? { given_name: given } : {}),
    ...(random.chance(0.8) ? { family_name: family } : {}),
    ...(random.chance(0.75)
      ? { name: random.chance(0.05) ? random.pick(ODD_TEXTS) : `${given} ${family}` }
      : {}),
    ...(random.chance(0.1) ? { nickname: given.toLowerCase() } : {}),
  }
}

/** The letters of a name that need no care in an address. */
function plain(name: string): string {
  return name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z]/g, '')
}

function userMetadata(random: Random): JsonObject {
  return {
    ...(random.chance(0.85) ? { consent: consent(random) } : {}),
    preferences: {
      language: random.pick(['en', 'de', 'fr', 'ar', 'ja']),
      mail: { weekly: random.chance(0.5), hour: random.whole(24) },
    },
    ...(random.chance(0.15) ? { motto: random.pick(ODD_TEXTS) } : {}),
    ...(random.chance(0.1) ? { notes: Array.from({ length: 3 }, () => random.pick(ODD_TEXTS)) } : {}),
    ...(random.chance(0.05) ? { [random.pick(ODD_KEYS)]: oddValue(random) } : {}),
    // Large profiles are rare but real. Auth0's soft limit is 10 KB, and these have 2 to 13 KB.
    ...(random.chance(0.002)
      ? { biography: `${random.pick(CONSENT_TEXTS)} `.repeat(400).slice(0, 9000) }
      : {}),
  }
}

function consent(random: Random): JsonObject {
  return {
    given: random.chance(0.8),
    date: momentOf(random).slice(0, 10),
    ...(random.chance(0.9) ? { text_details: random.pick(CONSENT_TEXTS) } : {}),
  }
}

function oddValue(random: Random): Json {
  return random.pick<Json>([
    null,
    {},
    [],
    '',
    0,
    -1.5,
    false,
    [{ deep: [random.whole(100), null] }],
    [[], {}],
  ])
}

function appMetadata(random: Random): JsonObject {
  const stripe = { customer_id: `cus_${random.hex(14)}`, balance: random.whole(1e6) / 100 }
  return {
    plan: random.pick(['free', 'team', 'enterprise']),
    ...(random.chance(0.5) ? { stripe: [stripe] } : {}),
    ...(random.chance(0.3) ? { roles: ['reader', ...(random.chance(0.3) ? ['editor'] : [])] } : {}),
  }
}

const [FROM, TO] = [Date.UTC(2017, 0, 1), Date.UTC(2026, 0, 1)]

function momentOf(random: Random, from = FROM): string {
  return new Date(from + random.whole(TO - from)).toISOString()
}

function activity(random: Random): JsonObject {
  const created = momentOf(random)
  if (random.chance(0.12)) return { created_at: created, updated_at: created }
  const seen = momentOf(random, Date.parse(created))
  return {
    created_at: created,
    updated_at: seen,
    last_login: seen,
    last_ip: `203.0.113.${random.whole(256)}`,
    logins_count: 1 + random.whole(400),
  }
}

function identities(random: Random, id: string, connection: string): Json {
  const own = { connection, user_id: id, provider: 'auth0', isSocial: false }
  if (!random.chance(0.08)) return [own]
  const linked = {
    connection: 'google-oauth2',
    user_id: digits(random),
    provider: 'google-oauth2',
    isSocial: true,
  }
  return [own, { ...linked, profileData: { email: `linked.${id}@gmail.example`, email_verified: true } }]
}

function digits(random: Random): string {
  return Array.from({ length: 21 }, () => random.whole(10)).join('')
}
