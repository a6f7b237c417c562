import { EXPORT_FORMATS, FIELD_NAME_LENGTH_MAX, SORT_ATTRIBUTES } from '../domain/export-request.ts'
import { CONNECTION_ID_PATTERN } from '../domain/ids.ts'
import type { ExportOrder } from '../flow/check-order.ts'
import { boolean, closed, integer, list, text } from '../schema/build.ts'
import type { TypeOf } from '../schema/type-of.ts'

const NAME_LENGTH = { minLength: 1, maxLength: FIELD_NAME_LENGTH_MAX } as const

// Do not sort these properties: problems of a request are listed in their reverse order, as at Auth0.
export const EXPORT_REQUEST = closed([], {
  connection_id: text('connection_id of the connection from which users will be exported.', {
    pattern: CONNECTION_ID_PATTERN,
  }),
  format: text('Format of the file. Must be `json` or `csv`.', { enum: EXPORT_FORMATS }),
  limit: integer('Limit the number of records.', {
    minimum: 1,
    // A larger JavaScript number loses digits, so the limit would not be the one that was sent.
    maximum: Number.MAX_SAFE_INTEGER,
  }),
  fields: list(
    'List of fields to be included in the CSV. Defaults to a predefined set of fields.',
    closed(['name'], {
      name: text('Name of the field in the profile.', NAME_LENGTH),
      export_as: text('Title of the column in the exported CSV.', NAME_LENGTH),
    }),
  ),
  // Auth0 does not have the members from here on.
  q: text('Export only the users that this query finds.', { minLength: 1 }),
  since: text('Export only users added, changed or deleted after this timestamp (ISO 8601 with a zone).'),
  sort: text('Order of the file, such as created_at:1 or created_at:-1.', {
    enum: SORT_ATTRIBUTES.flatMap((attribute) => [`${attribute}:1`, `${attribute}:-1`] as const),
  }),
  csv: {
    type: 'object',
    description: 'How a CSV file is written.',
    additionalProperties: false,
    properties: {
      guard: text("Which cells get a leading '.", { enum: ['auth0', 'formula', 'none'] }),
      bom: boolean('Whether the file begins with a byte order mark.'),
      delimiter: text('The character between cells.', { enum: [',', ';', '\t'] }),
      header: boolean('Whether the first line names the columns.'),
      newline: text('The characters that end a line.', { enum: ['\n', '\r\n'] }),
    },
  },
  metadata_columns: text(
    'With `discover`, each scalar in the metadata of the exported users gets a column.',
    { enum: ['discover'] },
  ),
  deletions: text('With `ignore` and `since`, the file names no deleted users.', { enum: ['ignore'] }),
})

/** As at Auth0, an empty list of fields asks for the default fields. */
export function orderOf(body: TypeOf<typeof EXPORT_REQUEST>): ExportOrder {
  const { connection_id: connectionId, format = 'csv', fields, ...others } = body
  const chosen = fields === undefined || fields.length === 0 ? {} : { fields }
  return { connectionId, request: { format, ...others, ...chosen } }
}
