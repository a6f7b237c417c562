import type { JsonObject } from './json.ts'

/** What a normalized attribute holds; `moment` is an ISO 8601 time in UTC with milliseconds. */
export type AttributeKind = 'text' | 'boolean' | 'integer' | 'moment' | 'object' | 'array'

/**
 * The normalized attributes of a profile (Auth0's "User Profile Attribute Schema"), in the order in which a
 * profile shows them. `by: 'server'` marks what no caller sets: it is made, or kept when an import preserves it.
 */
export const ATTRIBUTES = {
  user_id: { kind: 'text', by: 'caller' },
  email: { kind: 'text', by: 'caller' },
  email_verified: { kind: 'boolean', by: 'caller' },
  username: { kind: 'text', by: 'caller' },
  phone_number: { kind: 'text', by: 'caller' },
  phone_verified: { kind: 'boolean', by: 'caller' },
  name: { kind: 'text', by: 'caller' },
  given_name: { kind: 'text', by: 'caller' },
  family_name: { kind: 'text', by: 'caller' },
  nickname: { kind: 'text', by: 'caller' },
  picture: { kind: 'text', by: 'caller' },
  blocked: { kind: 'boolean', by: 'caller' },
  user_metadata: { kind: 'object', by: 'caller' },
  app_metadata: { kind: 'object', by: 'caller' },
  identities: { kind: 'array', by: 'server' },
  created_at: { kind: 'moment', by: 'server' },
  updated_at: { kind: 'moment', by: 'server' },
  last_login: { kind: 'moment', by: 'server' },
  last_ip: { kind: 'text', by: 'server' },
  logins_count: { kind: 'integer', by: 'server' },
  last_password_reset: { kind: 'moment', by: 'server' },
  multifactor: { kind: 'array', by: 'server' },
  multifactor_last_modified: { kind: 'moment', by: 'server' },
} as const satisfies Record<string, { kind: AttributeKind; by: 'caller' | 'server' }>

export type Attribute = keyof typeof ATTRIBUTES

/** In the order in which a profile shows them. */
export const ATTRIBUTE_NAMES = Object.keys(ATTRIBUTES) as readonly Attribute[]

/** What an import's file gives apart from the profile: it stays with the user's credentials. */
export const CREDENTIAL_NAMES = ['password_hash', 'custom_password_hash', 'mfa_factors'] as const

/** The root members that a user of an import's file can have by Auth0's schemas. */
export const IMPORTED_NAMES: readonly string[] = [...ATTRIBUTE_NAMES, ...CREDENTIAL_NAMES]

/** What callers keep with a user, whose inside no schema knows. */
export const METADATA = ['app_metadata', 'user_metadata'] as const

export function isAttribute(name: string): name is Attribute {
  return Object.hasOwn(ATTRIBUTES, name)
}

/** One login that a user has; the first of a profile is the one it was made with. */
export interface Identity {
  readonly connection: string
  readonly user_id: string | number
  readonly provider: string
  readonly isSocial: boolean
  readonly profileData?: JsonObject
}

/**
 * One user as Auth0 shows it: unset attributes are absent, never null; moments are ISO 8601 text. Beyond the
 * attributes below it carries whatever root attribute an identity provider or a caller gave (`locale`, …).
 */
export type Profile = JsonObject & {
  readonly user_id: string
  readonly identities: readonly (JsonObject & Identity)[]
  readonly created_at: string
  readonly updated_at: string
}

/** A password's hash, in whichever form it came; kept, and never given out. */
export interface Credentials {
  /** A bcrypt string. */
  readonly password_hash?: string
  readonly custom_password_hash?: JsonObject
  readonly mfa_factors?: readonly JsonObject[]
}
