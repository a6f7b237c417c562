import type { ExportRequest } from '../../api/client.ts'
import { type Conditions, joinQuery, NO_CONDITIONS, splitQuery } from './query-parts.ts'

export interface CsvChoices {
  readonly guard: 'auth0' | 'formula' | 'none'
  readonly delimiter: ',' | ';' | '\t'
  readonly newline: '\n' | '\r\n'
  readonly header: boolean
  readonly bom: boolean
}

/** The server's own. */
export const CSV_DEFAULTS: CsvChoices = {
  guard: 'auth0',
  delimiter: ',',
  newline: '\n',
  header: true,
  bom: false,
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

/** More fields in a CSV are refused (docs/api.md). */
export const CSV_FIELDS_MAX = 30

/** A name and a heading have at most so many characters (docs/api.md). */
export const FIELD_NAME_LENGTH_MAX = 100

export interface Column {
  /** Of this page only: two columns may have the same name. */
  readonly id: string
  readonly name: string
  /** Empty: the heading is the name. */
  readonly as: string
}

/** What the person has chosen so far, also if it is not yet a valid request. */
export interface Draft {
  /** Empty: users of all connections. */
  readonly connection: string
  readonly format: 'csv' | 'json'
  /** As typed. */
  readonly limit: string
  /** Empty: the server's default fields. */
  readonly columns: readonly Column[]
  readonly query: string
  readonly conditions: Conditions
  /** A timestamp; empty: all users. */
  readonly since: string
  /** Only with NDJSON and `since`, whose file would name deleted users. */
  readonly ignoresDeletions: boolean
  readonly sort: SortAttribute | 'none'
  readonly isDescending: boolean
  readonly csv: CsvChoices
  readonly discovers: boolean
}

export const EMPTY_DRAFT: Draft = {
  connection: '',
  format: 'csv',
  limit: '',
  columns: [],
  query: '',
  conditions: NO_CONDITIONS,
  since: '',
  ignoresDeletions: false,
  sort: 'none',
  isDescending: false,
  csv: CSV_DEFAULTS,
  discovers: false,
}

/** What in a draft prevents a request. */
export type DraftProblem = 'limit' | 'query-open'

/** The request, without what equals the server's defaults; or what is missing for one. */
export function requestOf(draft: Draft): ExportRequest | DraftProblem {
  const limit = draft.limit.trim()
  if (limit !== '' && !(/^\d+$/.test(limit) && Number(limit) > 0 && Number.isSafeInteger(Number(limit)))) {
    return 'limit'
  }
  const joined = joinQuery(draft.query, draft.conditions)
  if (joined === undefined) return 'query-open'
  const isCsv = draft.format === 'csv'
  const csv = isCsv ? changesOf(draft.csv) : {}
  const { q } = joined
  return {
    ...(draft.connection === '' ? {} : { connection_id: draft.connection }),
    format: draft.format,
    ...(limit === '' ? {} : { limit: Number(limit) }),
    ...(draft.columns.length === 0 ? {} : { fields: draft.columns.map(fieldOf) }),
    ...(q === undefined ? {} : { q }),
    ...(draft.since === '' ? {} : { since: draft.since }),
    ...(draft.ignoresDeletions ? { deletions: 'ignore' as const } : {}),
    ...(draft.sort === 'none' ? {} : { sort: `${draft.sort}:${draft.isDescending ? -1 : 1}` as const }),
    ...(Object.keys(csv).length === 0 ? {} : { csv }),
    ...(isCsv && draft.discovers ? { metadata_columns: 'discover' as const } : {}),
  }
}

function fieldOf({ name, as }: Column) {
  return as === '' ? { name } : { name, export_as: as }
}

function changesOf(csv: CsvChoices): Partial<CsvChoices> {
  return Object.fromEntries(
    Object.entries(csv).filter(([name, value]) => value !== CSV_DEFAULTS[name as keyof CsvChoices]),
  )
}

/** The draft of a request that another page handed over, or of what an older version stored: nothing in it is trusted. */
export function draftOf(request: unknown): Draft {
  const given = isObject(request) ? request : {}
  const csv = isObject(given['csv']) ? given['csv'] : {}
  const [sort, direction] = textOf(given['sort']).split(':')
  const { limit } = given
  return {
    connection: textOf(given['connection_id']),
    format: given['format'] === 'json' ? 'json' : 'csv',
    limit: typeof limit === 'number' ? String(limit) : '',
    columns: columnsOf(given['fields']),
    ...splitQuery(textOf(given['q'])),
    since: textOf(given['since']),
    ignoresDeletions: given['deletions'] === 'ignore',
    sort: SORT_ATTRIBUTES.find((attribute) => attribute === sort) ?? 'none',
    isDescending: direction === '-1',
    csv: {
      guard: oneOf(csv['guard'], ['auth0', 'formula', 'none']),
      delimiter: oneOf(csv['delimiter'], [',', ';', '\t']),
      newline: oneOf(csv['newline'], ['\n', '\r\n']),
      header: csv['header'] !== false,
      bom: csv['bom'] === true,
    },
    discovers: given['metadata_columns'] === 'discover',
  }
}

function columnsOf(fields: unknown): readonly Column[] {
  if (!Array.isArray(fields)) return []
  return fields
    .filter(isObject)
    .map(({ name, export_as }) => newColumn(textOf(name), textOf(export_as)))
    .filter(({ name }) => name !== '')
}

export function newColumn(name: string, as = ''): Column {
  return { id: nextId(), name, as }
}

const nextId = (() => {
  let last = 0
  return () => {
    last += 1
    return `column ${last}`
  }
})()

function oneOf<const T extends string>(value: unknown, choices: readonly [T, ...T[]]): T {
  return choices.find((choice) => choice === value) ?? choices[0]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
