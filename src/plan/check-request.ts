import {
  CSV_FIELDS_MAX,
  CSV_REFUSED_ROOTS,
  type ExportRequest,
  type Field,
  isWholeStructure,
} from '../domain/export-request.ts'
import { Failure } from '../domain/failure.ts'
import { parseFieldPath } from '../domain/field-path.ts'
import { findUnstorable } from '../domain/json.ts'

const FIELDS_ABOUT = 'List of fields to be included in the CSV. Defaults to a predefined set of fields'

/**
 * What a schema cannot say of an export request. Fails with `body_invalid`, in the words of Auth0's validator
 * where it has some, else in the same form.
 */
export function checkExportRequest(request: ExportRequest): void {
  const fields = request.fields ?? []
  if (request.format === 'csv' && fields.length > CSV_FIELDS_MAX) {
    refuse(`Array is too long (${fields.length}), maximum ${CSV_FIELDS_MAX}`, `fields (${FIELDS_ABOUT})`)
  }
  fields.forEach((field, index) => {
    checkField(field, index, request)
  })
}

function checkField(field: Field, index: number, request: ExportRequest): void {
  const at = `fields[${index}].name (Name of the field in the profile)`
  const unstorable = findUnstorable(field)
  if (unstorable !== undefined) refuse(unstorable.reason, `fields[${index}].${unstorable.path}`)
  const path = parseFieldPath(field.name)
  if ('problem' in path) refuse(`Not a path such as a.b[0].c: ${path.problem}`, at)
  if (request.format === 'csv' && isWholeStructure(path)) {
    refuse(
      `A CSV cell cannot hold the whole of ${CSV_REFUSED_ROOTS.join(', ')}: name a path into it such as ${path.root}${path.root === 'identities' ? '[0].connection' : '.plan'}, or ask for format json`,
      at,
    )
  }
}

function refuse(problem: string, property: string): never {
  throw new Failure('body_invalid', `Payload validation error: '${problem}' on property ${property}.`)
}
