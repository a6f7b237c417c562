import type { FieldPath } from './field-path.ts'
import { METADATA } from './profile.ts'

/** In the order in which a refusal lists them. */
export const EXPORT_FORMATS = ['json', 'csv'] as const

export type ExportFormat = (typeof EXPORT_FORMATS)[number]

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
  /** Only users that this query finds (docs/filter.md). Muster's own, as all that follow. */
  readonly q?: string
  /** Only users added, changed or deleted after this ISO 8601 moment. */
  readonly since?: string
  /** `created_at:1` or `created_at:-1`; absent means the order in which users were added. */
  readonly sort?: string
  readonly csv?: CsvOptions
  /** Adds a column for each scalar of both metadata that the chosen users have. */
  readonly metadata_columns?: 'discover'
}

/** How a CSV file is written, as asked for. */
export interface CsvOptions {
  /** Which cells get a leading `'`: every text, as Auth0 does; those that OWASP calls dangerous; or none. */
  readonly guard?: 'auth0' | 'formula' | 'none'
  /** A byte order mark in front, which makes spreadsheets read UTF-8. */
  readonly bom?: boolean
  readonly delimiter?: ',' | ';' | '\t'
  readonly header?: boolean
  readonly newline?: '\n' | '\r\n'
}

/** The same with nothing left open. */
export type CsvDialect = Required<CsvOptions>

export const CSV_DIALECT: CsvDialect = {
  guard: 'auth0',
  bom: false,
  delimiter: ',',
  header: true,
  newline: '\n',
}

/** What a file can be sorted by. */
export const SORT_ATTRIBUTES = [
  'created_at',
  'updated_at',
  'last_login',
  'email',
  'user_id',
  'logins_count',
] as const

export type SortAttribute = (typeof SORT_ATTRIBUTES)[number]

/** Auth0's doc: "You can export up to 30 fields", since June 2026 a limit of CSV alone. */
export const CSV_FIELDS_MAX = 30

/** Auth0's OpenAPI document: `fields[].name` and `fields[].export_as` hold 100 characters at most. */
export const FIELD_NAME_LENGTH_MAX = 100

/** Always objects or arrays, so a CSV cell cannot hold them; a path into them can be asked for. */
export const CSV_REFUSED_ROOTS: readonly string[] = [...METADATA, 'identities']

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

/** True for metadata as a whole and all that lies in it. */
export function isInMetadata({ root }: FieldPath): boolean {
  return METADATA.some((name) => name === root)
}

/** True for `{root, steps: []}` of an attribute that is an object or array for every user. */
export function isWholeStructure(path: FieldPath): boolean {
  return path.steps.length === 0 && CSV_REFUSED_ROOTS.includes(path.root)
}
