import type { FastifyRequest } from 'fastify'
import { Failure } from '../domain/failure.ts'
import { given } from '../domain/given.ts'
import { CONNECTION_ID_PATTERN } from '../domain/ids.ts'
import {
  CSV_DELIMITERS,
  CSV_GUARDS,
  type CsvReading,
  IMPORT_FORMATS,
  type ImportFormat,
  type ImportRequest,
  type Upsert,
} from '../domain/import-request.ts'
import { readJson } from '../domain/read-json.ts'
import { invalidQuery, Refusal } from '../domain/refusal.ts'
import { boolean, closed, text } from '../schema/build.ts'
import type { TypeOf } from '../schema/type-of.ts'
import { validateQuery } from './validate.ts'

const STREAMS: Readonly<
  Record<ImportFormat, { readonly types: readonly string[]; readonly takesCsv: boolean }>
> = {
  ndjson: { types: ['application/x-ndjson', 'application/ndjson', 'application/jsonl'], takesCsv: false },
  json: { types: ['application/json'], takesCsv: false },
  csv: { types: ['text/csv'], takesCsv: true },
}

// gzip does not say which format it holds, so these types need the parameter `format`.
const GZIP_TYPES = ['application/gzip', 'application/x-gzip']

export const STREAM_TYPES = [...IMPORT_FORMATS.flatMap((format) => STREAMS[format].types), ...GZIP_TYPES]

// Do not sort these properties: problems of a request are listed in their reverse order, as at Auth0.
/** Closed: a misspelt `dry_run` must not store users. */
export const importQuerySchema = closed(['connection_id'], {
  connection_id: text('connection_id of the connection to which users will be imported.', {
    pattern: CONNECTION_ID_PATTERN,
  }),
  upsert: text('What happens to users whose email is already stored: false, true or overwrite, merge.', {
    enum: ['false', 'true', 'overwrite', 'merge'],
  }),
  preserve: boolean('Keep the ids, identities, timestamps and counters of the file.'),
  dry_run: boolean('Check the whole file and store no user.'),
  external_id: text('Customer-defined ID.'),
  send_completion_email: boolean('Accepted and ignored: no mail is sent.'),
  format: text('Format of the file; needed for application/gzip.', { enum: IMPORT_FORMATS }),
  guard: text("Which cells of the CSV file got a leading '.", { enum: ['detect', ...CSV_GUARDS] }),
  delimiter: text('The character between cells of the CSV file.', { enum: CSV_DELIMITERS }),
  columns: text(
    'Paths of the columns of a CSV file without a header: a JSON array, or with commas between them.',
    { minLength: 1 },
  ),
})

type ImportQuery = TypeOf<typeof importQuerySchema>

const UPSERTS: Record<NonNullable<ImportQuery['upsert']>, Upsert> = {
  false: 'no',
  true: 'overwrite',
  overwrite: 'overwrite',
  merge: 'merge',
}

/** Fails with `query_invalid` or `media_type_unsupported`. */
export function readImportQuery(request: FastifyRequest): {
  readonly connectionId: string
  readonly request: Omit<ImportRequest, 'objectKey'>
} {
  if (!Object.hasOwn(request.query ?? {}, 'connection_id')) throw missing('connection_id', TWO_WAYS)
  const query = validateQuery<ImportQuery>(importQuerySchema, request.query)
  const format = formatOf(request, query.format)
  return {
    connectionId: query.connection_id,
    request: given({
      by: 'stream',
      format,
      csv: csvReadingOf(query, format),
      upsert: UPSERTS[query.upsert ?? 'false'],
      preserve: query.preserve ?? false,
      dryRun: query.dry_run ?? false,
      external_id: query.external_id || undefined,
    }),
  }
}

// A request that is no form and has no `connection_id` in its query may mean either way, so the answer explains both.
const TWO_WAYS =
  'There are two ways to send users. A form: multipart/form-data with the parts users (the file) and connection_id. ' +
  'Or the file itself as the body, with connection_id in the query: POST /api/v2/jobs/users-imports?connection_id=con_...'

function formatOf(request: FastifyRequest, asked: ImportFormat | undefined): ImportFormat {
  const { type, charset } = contentType(request)
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase()
  if (!STREAM_TYPES.includes(type)) throw unsupported(`one of ${ACCEPTED_TYPES}`)
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/.test(charset)) throw unsupported('charset=utf-8')
  // The bytes are stored as they come. The import recognizes gzip by the first two bytes, so nothing is unpacked here.
  if (encoding !== 'gzip' && encoding !== 'x-gzip' && encoding !== 'identity')
    throw unsupported('Content-Encoding: gzip, or none')
  const said = IMPORT_FORMATS.find((name) => STREAMS[name].types.includes(type))
  if (said !== undefined && asked !== undefined && asked !== said)
    throw invalidQuery(`Content-Type says ${said}`, 'format')
  const format = said ?? asked
  if (format === undefined) throw missing('format')
  return format
}

const ACCEPTED_TYPES = ['multipart/form-data', ...STREAM_TYPES].join(', ')

/** In lower case, because media types and charsets are not case-sensitive. */
function contentType({ headers }: FastifyRequest): { type: string; charset: string | undefined } {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const charset = parameters.map((text) => /^\s*charset="?([^"]*?)"?\s*$/.exec(text)?.[1]).find(Boolean)
  return { type: type.trim(), charset }
}

function csvReadingOf(query: ImportQuery, format: ImportFormat): CsvReading | undefined {
  const { guard, delimiter, columns } = query
  for (const [name, value] of Object.entries({ guard, delimiter, columns }))
    if (value !== undefined && !STREAMS[format].takesCsv) throw invalidQuery('Only for CSV', name)
  if (guard === undefined && delimiter === undefined && columns === undefined) return undefined
  return given({ guard, delimiter, columns: columns === undefined ? undefined : columnsOf(columns) })
}

// A path may contain a comma, so such paths are sent as a JSON array.
function columnsOf(text: string): readonly string[] {
  const columns = text.startsWith('[') ? parsed(text) : text.split(',')
  const isList = Array.isArray(columns) && columns.length > 0
  if (isList && columns.every((column) => typeof column === 'string' && column !== '')) return columns
  throw invalidQuery('Expected a JSON array of texts, or texts with commas between them', 'columns')
}

function parsed(text: string): unknown {
  try {
    return readJson(text)
  } catch {
    return undefined
  }
}

// In the words of z-schema, which Auth0 uses.
function missing(name: string, hint?: string): Refusal {
  return new Refusal('query_invalid', given({ problem: `Missing required property: ${name}`, hint }))
}

function unsupported(expected: string): Failure {
  return new Failure('media_type_unsupported', `Unsupported Media Type: expected ${expected}`)
}
