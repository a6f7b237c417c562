import type { FieldPath } from './field-path.ts'
import { ATTRIBUTE_NAMES, isScalar, METADATA } from './profile.ts'

/** In Auth0's order, in which a refusal lists them. */
export const EXPORT_FORMATS = ['json', 'csv'] as const

export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** The job shows it exactly as the request had it, so nothing is added here. */
export interface Field {
  readonly name: string
  readonly export_as?: string
}

/** Members that the request did not have are absent, so the job does not show them either. */
export interface ExportRequest {
  readonly format: ExportFormat
  readonly limit?: number
  readonly fields?: readonly Field[]
  /** A query (docs/filter.md). Auth0 has neither this member nor those after it. */
  readonly q?: string
  readonly since?: string
  readonly sort?: string
  readonly csv?: CsvOptions
  readonly metadata_columns?: 'discover'
  /** With `since`: the file names no deleted users. */
  readonly deletions?: 'ignore'
}

export interface CsvOptions {
  readonly guard?: 'auth0' | 'formula' | 'none'
  /** Excel reads the file as UTF-8 only with a byte order mark at the beginning. */
  readonly bom?: boolean
  readonly delimiter?: ',' | ';' | '\t'
  readonly header?: boolean
  readonly newline?: '\n' | '\r\n'
}

export type CsvDialect = Required<CsvOptions>

export const CSV_DIALECT: CsvDialect = {
  guard: 'auth0',
  bom: false,
  delimiter: ',',
  header: true,
  newline: '\n',
}

export const SORT_ATTRIBUTES = [
  'created_at',
  'updated_at',
  'last_login',
  'email',
  'user_id',
  'logins_count',
] as const

export type SortAttribute = (typeof SORT_ATTRIBUTES)[number]

/** Auth0's documentation: "You can export up to 30 fields". Since June 2026 this limits only CSV. */
export const CSV_FIELDS_MAX = 30

/** Auth0's OpenAPI document: `fields[].name` and `fields[].export_as` hold 100 characters at most. */
export const FIELD_NAME_LENGTH_MAX = 100

/** Auth0's CSV takes no whole object or array, so a field must be a path into one of these. */
export const CSV_REFUSED_ROOTS: readonly string[] = [...METADATA, 'identities']

/**
 * Auth0 does not publish the fields of an export whose request names none. These are the scalar attributes of its
 * profile schema, the connection, and `last_login`, by which Auth0's own example filters.
 */
export const DEFAULT_FIELDS: readonly string[] = ATTRIBUTE_NAMES.flatMap((name) => {
  if (name === 'identities') return ['identities[0].connection']
  return isScalar(name) ? [name] : []
})

export function isInMetadata({ root }: FieldPath): boolean {
  return METADATA.some((name) => name === root)
}

export function isWholeStructure(path: FieldPath): boolean {
  return path.steps.length === 0 && CSV_REFUSED_ROOTS.includes(path.root)
}
