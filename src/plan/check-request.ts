import { addSeconds } from '../domain/clock.ts'
import {
  CSV_REFUSED_ROOTS,
  type ExportRequest,
  type Field,
  isWholeStructure,
} from '../domain/export-request.ts'
import { parseFieldName } from '../domain/field-path.ts'
import { given } from '../domain/given.ts'
import { findUnstorable } from '../domain/json.ts'
import { isMoment } from '../domain/moment.ts'
import { Refusal } from '../domain/refusal.ts'
import type { Format } from '../formats/format.ts'
import { FORMATS } from '../formats/formats.ts'
import { parseQuery } from '../search/parse-query.ts'

// The first two texts are Auth0's.
const FIELDS_ABOUT = 'List of fields to be included in the CSV. Defaults to a predefined set of fields'
const NAME_ABOUT = 'Name of the field in the profile'
const Q_ABOUT = 'Only users that this query finds'
const SINCE_ABOUT = 'Only users added, changed or deleted after this moment (ISO 8601 with a zone)'
const CSV_ABOUT = 'How a CSV file is written.'
const METADATA_COLUMNS_ABOUT = 'With discover: a column for each scalar of the metadata of the chosen users.'

// The clocks of two machines may differ by so much with NTP. So `until` of an export that has just ended is accepted.
const CLOCKS_DIFFER_SECONDS = 5

export interface ExportBounds {
  readonly now: Date
  readonly fieldsMax: number
}

/**
 * Checks what a schema cannot. Fails with `body_invalid`, in the words of Auth0's validator if it has any for the
 * problem.
 */
export function checkExportRequest(request: ExportRequest, { now, fieldsMax }: ExportBounds): void {
  const fields = request.fields ?? []
  const format = FORMATS[request.format]
  const most = format.fieldsMax(fieldsMax)
  if (fields.length > most)
    refuse(`Array is too long (${fields.length}), maximum ${most}`, 'fields', FIELDS_ABOUT)
  fields.forEach((field, index) => {
    checkField(field, index, request)
  })
  if (request.q !== undefined) checkQuery(request.q)
  if (request.since !== undefined) checkSince(request.since, now)
  refuseForeignMembers(request, format)
}

function refuseForeignMembers(
  { csv, metadata_columns: metadataColumns }: ExportRequest,
  { takes }: Format,
): void {
  const problem = 'Only a file of format csv has cells and columns: leave this out, or ask for format csv'
  // An empty object asks for nothing, so it is accepted.
  if (!takes.csv && csv !== undefined && Object.keys(csv).length > 0) refuse(problem, 'csv', CSV_ABOUT)
  if (!takes.metadata_columns && metadataColumns !== undefined)
    refuse(problem, 'metadata_columns', METADATA_COLUMNS_ABOUT)
}

function checkQuery(q: string): void {
  const filter = parseQuery(q)
  if ('problem' in filter)
    refuse(`Cannot read the query at position ${filter.position}: ${filter.problem}`, 'q', Q_ABOUT)
}

function checkSince(since: string, now: Date): void {
  if (!isMoment(since))
    refuse(`Not a moment such as 2026-01-31T12:00:00.000Z: ${since.slice(0, 40)}`, 'since', SINCE_ABOUT)
  if (new Date(since) > addSeconds(now, CLOCKS_DIFFER_SECONDS)) {
    refuse(`A moment in the future: ${since}, while it is ${now.toISOString()}`, 'since', SINCE_ABOUT)
  }
}

function checkField(field: Field, index: number, request: ExportRequest): void {
  const name = `fields[${index}].name`
  const unstorable = findUnstorable(field)
  if (unstorable !== undefined) refuse(unstorable.reason, `fields[${index}].${unstorable.path}`)
  const path = parseFieldName(field.name)
  if ('problem' in path) refuse(`Not a path such as a.b[0].c: ${path.problem}`, name, NAME_ABOUT)
  if (!FORMATS[request.format].holdsStructures && isWholeStructure(path)) {
    refuse(
      `A CSV cell cannot hold the whole of ${CSV_REFUSED_ROOTS.join(', ')}: name a path into it such as ${path.root}${path.root === 'identities' ? '[0].connection' : '.plan'}, or ask for format json`,
      name,
      NAME_ABOUT,
    )
  }
}

function refuse(problem: string, property: string, about?: string): never {
  throw new Refusal('body_invalid', given({ problem, property, about }))
}
