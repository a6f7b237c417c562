import type { FieldPath } from './field-path.ts'

export type ExportFormat = 'csv' | 'json'

/** A field as asked for: echoed on the job exactly so. */
export interface Field {
  readonly name: string
  readonly export_as?: string
}

/** What a caller asked for, parsed and found sound. Absent members were not sent, and are not echoed. */
export interface ExportRequest {
  readonly format: ExportFormat
  /** How many users at most; absent means all of them. */
  readonly limit?: number
  readonly fields?: readonly Field[]
}

/** Auth0's doc: "You can export up to 30 fields", since June 2026 a limit of CSV alone. */
export const CSV_FIELDS_MAX = 30

/** Auth0's OpenAPI document: `fields[].name` and `fields[].export_as` hold 100 characters at most. */
export const FIELD_NAME_LENGTH_MAX = 100

/** Always objects or arrays, so a CSV cell cannot hold them; a path into them can be asked for. */
export const CSV_REFUSED_ROOTS: readonly string[] = ['app_metadata', 'user_metadata', 'identities']

/**
 * Exported when `fields` is absent: every scalar attribute of Auth0's profile schema, the connection, and
 * `last_login` (on which Auth0's own example filters). Auth0 does not publish its list.
 */
export const DEFAULT_FIELDS: readonly string[] = [
  'user_id',
  'email',
  'email_verified',
  'username',
  'phone_number',
  'phone_verified',
  'name',
  'given_name',
  'family_name',
  'nickname',
  'picture',
  'blocked',
  'identities[0].connection',
  'created_at',
  'updated_at',
  'last_login',
  'last_ip',
  'logins_count',
  'last_password_reset',
  'multifactor_last_modified',
]

/** True for `{root, steps: []}` of an attribute that is an object or array for every user. */
export function isWholeStructure(path: FieldPath): boolean {
  return path.steps.length === 0 && CSV_REFUSED_ROOTS.includes(path.root)
}
