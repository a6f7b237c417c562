import type { JsonObject } from './json.ts'

export type AttributeKind = 'text' | 'boolean' | 'integer' | 'moment' | 'object' | 'array'

/**
 * Auth0's "User Profile Attribute Schema", in the order in which a profile shows the attributes. Muster sets those `by:
 * 'server'`; only an import with `preserve` takes them from a caller.
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

export const ATTRIBUTE_NAMES = Object.keys(ATTRIBUTES) as readonly Attribute[]

/** No part of the profile, so they are kept with the credentials and never given out. */
export const CREDENTIAL_NAMES = ['password_hash', 'custom_password_hash', 'mfa_factors'] as const

/** Auth0's import schemas name these root members, so a near name is probably a typing error. */
export const IMPORTED_NAMES: readonly string[] = [...ATTRIBUTE_NAMES, ...CREDENTIAL_NAMES]

export const METADATA = ['app_metadata', 'user_metadata'] as const

export function isAttribute(name: string): name is Attribute {
  return Object.hasOwn(ATTRIBUTES, name)
}

export function isScalar(attribute: Attribute): boolean {
  const { kind } = ATTRIBUTES[attribute]
  return kind !== 'object' && kind !== 'array'
}

export interface Identity {
  readonly connection: string
  readonly user_id: string | number
  readonly provider: string
  readonly isSocial: boolean
  readonly profileData?: JsonObject
}

/**
 * As at Auth0 missing attributes are absent, never null. Identity providers and callers may add root attributes, such
 * as `locale`.
 */
export type Profile = JsonObject & {
  readonly user_id: string
  readonly identities: readonly (JsonObject & Identity)[]
  readonly created_at: string
  readonly updated_at: string
}

export interface Credentials {
  readonly password_hash?: string
  readonly custom_password_hash?: JsonObject
  readonly mfa_factors?: readonly JsonObject[]
}
