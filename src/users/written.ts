import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../domain/json.ts'
import { ATTRIBUTE_NAMES, ATTRIBUTES, type Attribute, type Credentials } from '../domain/profile.ts'
import type { ImportedUser, UnwrittenName } from './user-store.ts'

/** Auth0's documentation, "Bulk user imports": an upsert may write these. */
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

// An import without `preserve` has already removed these from the file, so they are the server's new values.
const SERVER_MADE = ATTRIBUTE_NAMES.filter((name) => ATTRIBUTES[name].by === 'server')

const WRITTEN: ReadonlySet<string> = new Set([...UPSERTABLE, ...SERVER_MADE])

const WRITTEN_PRESERVING: ReadonlySet<string> = new Set(ATTRIBUTE_NAMES.filter((name) => name !== 'user_id'))

export function writtenAttributes(preserve: boolean): ReadonlySet<string> {
  return preserve ? WRITTEN_PRESERVING : WRITTEN
}

/** Values of a stored user that decide about an update, or that an update must not write. */
export interface Present {
  readonly connection_id: string
  readonly user_id: string
  readonly email: string | null
  readonly username: string | null
  readonly phone_number: string | null
  readonly phone_verified: boolean | null
  readonly blocked: boolean | null
  readonly credentials?: PresentCredentials | null
}

export interface PresentCredentials {
  readonly has_logged_in: boolean
  readonly password_hash: string | null
  readonly custom_password_hash: JsonObject | null
  readonly mfa_factors: readonly JsonObject[] | null
}

/**
 * True if an import must not replace the user's password. Auth0 gives a random password to users without a hash. So a
 * custom hash can only replace a custom hash.
 */
export function hasOwnPassword({ credentials }: Present): boolean {
  return (credentials?.custom_password_hash ?? null) === null
}

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

// `blocked: false` and no `blocked` mean the same, so this is no difference to report.
function differs(value: unknown, present: string | boolean | null): boolean {
  return value !== undefined && value !== (present ?? (value === false ? false : null))
}

// If the user was found by the email, the file's id and identities are not written, since they name another user.
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
