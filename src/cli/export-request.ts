import { readFileSync } from 'node:fs'
import type { TargetKind } from '../client/target.ts'
import type { CsvOptions, ExportFormat, ExportRequest, Field } from '../domain/export-request.ts'
import { Failure } from '../domain/failure.ts'
import { given } from '../domain/given.ts'
import { isJsonObject, type Json } from '../domain/json.ts'
import { glanceAtJson } from '../domain/read-json.ts'
import type { TargetOptions } from './target-options.ts'

export interface FieldsOptions {
  readonly field?: readonly string[]
  readonly fields?: string
}

export interface DialectOptions {
  readonly guard?: 'auth0' | 'formula' | 'none'
  readonly delimiter?: ',' | ';' | 'tab'
  readonly bom?: true
  readonly newline?: 'lf' | 'crlf'
  /** Commander sets this to true unless --no-header is given. */
  readonly header: boolean
}

export interface ExportOptions extends TargetOptions, FieldsOptions, DialectOptions {
  readonly connection?: string
  readonly limit?: number
  readonly query?: string
  readonly since?: string
  readonly ignoreDeletions?: true
  readonly sort?: string
  readonly job?: string
  readonly discover?: true
  readonly format?: ExportFormat
  readonly output?: string
  readonly gunzip?: true
  readonly jsonArray?: true
  readonly maxBytes?: number
  readonly receipt?: true
  readonly json?: true
}

/** Finds what is wrong before the server is asked. Fails with `usage_invalid`. */
export function checkOptions(options: ExportOptions, kind: TargetKind): void {
  checkCounts(options)
  if (kind === 'auth0')
    refuseGiven(options, [...MUSTER_ONLY, 'receipt'], 'Auth0 has nothing like it. Leave it out')
  if (options.job !== undefined)
    refuseGiven(
      options,
      [...MUSTER_ONLY, ...REQUEST_ONLY],
      'The job of --job was asked for already. Leave it out',
    )
  if (isArray(options) && options.format === 'csv')
    throw usage('--json-array and --max-bytes expect --format json; came: --format csv.')
  if (options.output !== '-') return
  if (options.maxBytes !== undefined)
    throw usage('--max-bytes writes several files, and --output - is one stream. Give a file or a folder.')
  if (options.json === true || options.receipt === true)
    throw usage(
      'With --output - standard output carries the file alone. Leave out --json and --receipt, or give a file.',
    )
}

const MUSTER_ONLY = [
  ...(['query', 'since', 'ignoreDeletions', 'sort', 'discover'] as const),
  ...(['guard', 'delimiter', 'bom', 'newline', 'header'] as const),
]
const REQUEST_ONLY = ['connection', 'field', 'fields', 'limit', 'format'] as const

function refuseGiven(options: ExportOptions, names: readonly (keyof ExportOptions)[], why: string): void {
  const wrong = names.filter((name) => (name === 'header' ? !options.header : options[name] !== undefined))
  if (wrong.length === 0) return
  const flags = wrong.map((name) => (name === 'header' ? '--no-header' : flagOf(name)))
  throw usage(`${flags.join(', ')}: ${why}.`)
}

/** As commander names it: `--ignore-deletions` sets `ignoreDeletions`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function checkCounts({ limit, maxBytes, field, fields }: ExportOptions): void {
  const counts = { '--limit': limit, '--max-bytes': maxBytes }
  for (const [flag, count] of Object.entries(counts))
    if (count !== undefined && !(Number.isSafeInteger(count) && count > 0))
      throw usage(`${flag} expects a whole number above 0; came: ${count}.`)
  if (field !== undefined && fields !== undefined) throw usage('Give --field or --fields, not both.')
}

/** --max-bytes alone is enough, because only arrays are divided. */
export function isArray({ jsonArray, maxBytes }: ExportOptions): boolean {
  return jsonArray === true || maxBytes !== undefined
}

/** Only members that the options name are sent, so that the rest is left to the server. Fails with `usage_invalid`. */
export function requestOf(
  options: ExportOptions,
  connectionId: string | undefined,
): Partial<ExportRequest> & { readonly connection_id?: string } {
  const { limit, query, since, ignoreDeletions, sort, discover } = options
  const format = options.format ?? (isArray(options) ? 'json' : undefined)
  const fields = fieldsOf(options)
  const csv = csvOf(options)
  return given({
    connection_id: connectionId,
    format,
    fields,
    limit,
    q: query,
    since,
    deletions: ignoreDeletions && ('ignore' as const),
    sort,
    csv: Object.keys(csv).length === 0 ? undefined : csv,
    metadata_columns: discover && ('discover' as const),
  })
}

export function csvOf({ guard, delimiter, bom, newline, header }: DialectOptions): CsvOptions {
  return given({
    guard,
    delimiter: delimiterOf(delimiter),
    bom,
    newline: newline && (newline === 'lf' ? ('\n' as const) : ('\r\n' as const)),
    header: header ? undefined : false,
  })
}

/** A shell makes it hard to type a tab, so the option has a word for the tab. */
export function delimiterOf(delimiter: DialectOptions['delimiter']): CsvOptions['delimiter'] | undefined {
  return delimiter === 'tab' ? '\t' : delimiter
}

export function fieldsOf({ field, fields }: FieldsOptions): readonly Field[] | undefined {
  return fields === undefined ? field?.map(fieldIn) : fieldsIn(fields)
}

/** `PATH` or `PATH=NAME`. An equals sign inside brackets, as in `app_metadata["a=b"]`, belongs to the path. */
function fieldIn(text: string): Field {
  const [, name, as] = /^((?:\["(?:[^"\\]|\\.)*"\]|[^=])+)(?:=(.+))?$/s.exec(text.trim()) ?? []
  if (name === undefined) throw usage(`A field is PATH or PATH=NAME, such as email=mail; came: ${text}`)
  return as === undefined ? { name } : { name, export_as: as }
}

function fieldsIn(file: string): readonly Field[] {
  const text = textOf(file).trim()
  if (!text.startsWith('['))
    return text
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
      .map(fieldIn)
  try {
    const value = glanceAtJson(text)
    if (Array.isArray(value)) return value.map(fieldOf)
  } catch (cause) {
    throw usage(`The fields in ${file} are no JSON: ${String(cause)}`, cause)
  }
  throw usage(`The fields in ${file} are no JSON array.`)
}

// Members are not checked here, because the server reports what is wrong with them.
function fieldOf(entry: Json): Field {
  if (typeof entry === 'string') return fieldIn(entry)
  if (isJsonObject(entry)) return entry as unknown as Field
  throw usage(`A field is a text or an object with "name"; came: ${JSON.stringify(entry)}`)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw usage(`The file of --fields cannot be read: ${String(cause)}`, cause)
  }
}

function usage(message: string, cause?: unknown): Failure {
  return new Failure('usage_invalid', message, cause === undefined ? {} : { cause })
}
