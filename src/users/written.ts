import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../domain/json.ts'
import { ATTRIBUTE_NAMES, ATTRIBUTES, type Attribute, type Credentials } from '../domain/profile.ts'
import type { ImportedUser, UnwrittenName } from './user-store.ts'

/** Auth0's doc, "Bulk user imports": what an upsert may write. */
const UPSERTABLE: readonly Attribute[] = [
  'email_verified',
  'name',
  'given_name',
  'family_name',
  'nickname',
  'picture',
  'user_metadata',
  'app_metadata',
]

// A file gives what the server makes only to an import that preserves.
const SERVER_MADE = ATTRIBUTE_NAMES.filter((name) => ATTRIBUTES[name].by === 'server')

const WRITTEN: ReadonlySet<string> = new Set([...UPSERTABLE, ...SERVER_MADE])

const WRITTEN_PRESERVING: ReadonlySet<string> = new Set(ATTRIBUTE_NAMES.filter((name) => name !== 'user_id'))

/** The attributes of a known user that an update writes. */
export function writtenAttributes(preserve: boolean): ReadonlySet<string> {
  return preserve ? WRITTEN_PRESERVING : WRITTEN
}

/** What a known user has of that which an update may not write, or needs to be decided. */
export interface Present {
  readonly connection_id: string
  readonly user_id: string
  readonly email: string | null
  readonly username: string | null
  readonly phone_number: string | null
  readonly phone_verified: boolean | null
  readonly blocked: boolean | null
  /** Present where the batch brings credentials; then null if there are none. */
  readonly credentials?: PresentCredentials | null
}

export interface PresentCredentials {
  readonly has_logged_in: boolean
  readonly password_hash: string | null
  readonly custom_password_hash: JsonObject | null
  readonly mfa_factors: readonly JsonObject[] | null
}

/**
 * Whether a user has a password that an import must not replace. Auth0 makes a random one for users who were imported
 * without any hash: only a custom hash may follow a custom hash.
 */
export function hasOwnPassword({ credentials }: Present): boolean {
  return (credentials?.custom_password_hash ?? null) === null
}

/** What a user of an import gives that the known user does not have, and does not get. */
export function unwrittenOf(
  user: ImportedUser,
  present: Present,
  preserve: boolean,
): readonly UnwrittenName[] {
  const attributes = preserve ? unwrittenIds(user, present) : unwrittenAttributes(user, present)
  if (user.credentials === undefined) return attributes
  return [...attributes, ...unwrittenCredentials(user.credentials, present.credentials ?? null)]
}

const KEPT = ['user_id', 'username', 'phone_number', 'phone_verified', 'blocked'] as const

function unwrittenAttributes({ profile, given }: ImportedUser, present: Present): readonly UnwrittenName[] {
  return KEPT.filter((name) => given.includes(name) && differs((profile as JsonObject)[name], present[name]))
}

// Who is not blocked shows it by false or by nothing.
function differs(value: unknown, present: string | boolean | null): boolean {
  return value !== undefined && value !== (present ?? (value === false ? false : null))
}

// Found by the address: the ids, and with them the identities, are another user's.
function unwrittenIds({ profile, given }: ImportedUser, { user_id }: Present): readonly UnwrittenName[] {
  if (profile.user_id === user_id) return []
  return (['user_id', 'identities'] as const).filter((name) => given.includes(name))
}

function unwrittenCredentials(
  given: Credentials,
  present: PresentCredentials | null,
): readonly UnwrittenName[] {
  const kept = present?.has_logged_in === true ? ALL_CREDENTIALS : KEPT_CREDENTIALS
  return kept.filter(
    (name) => given[name] !== undefined && !isDeepStrictEqual(given[name], present?.[name] ?? undefined),
  )
}

const KEPT_CREDENTIALS = ['password_hash', 'mfa_factors'] as const
const ALL_CREDENTIALS = [...KEPT_CREDENTIALS, 'custom_password_hash'] as const
