import { EXPORT_FORMATS, FIELD_NAME_LENGTH_MAX, SORT_ATTRIBUTES } from '../domain/export-request.ts'
import { CONNECTION_ID_PATTERN } from '../domain/ids.ts'
import type { Schema } from '../schema/check.ts'

// Do not sort these properties: problems of a request are listed in their reverse order, as at Auth0.
export const EXPORT_REQUEST = {
  type: 'object',
  additionalProperties: false,
  properties: {
    connection_id: {
      type: 'string',
      description: 'connection_id of the connection from which users will be exported.',
      pattern: CONNECTION_ID_PATTERN,
    },
    format: {
      type: 'string',
      description: 'Format of the file. Must be `json` or `csv`.',
      enum: EXPORT_FORMATS,
    },
    limit: {
      type: 'integer',
      description: 'Limit the number of records.',
      minimum: 1,
      // A larger JavaScript number loses digits, so the limit would not be the one that was sent.
      maximum: Number.MAX_SAFE_INTEGER,
    },
    fields: {
      type: 'array',
      description: 'List of fields to be included in the CSV. Defaults to a predefined set of fields.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: {
          name: {
            type: 'string',
            description: 'Name of the field in the profile.',
            minLength: 1,
            maxLength: FIELD_NAME_LENGTH_MAX,
          },
          export_as: {
            type: 'string',
            description: 'Title of the column in the exported CSV.',
            minLength: 1,
            maxLength: FIELD_NAME_LENGTH_MAX,
          },
        },
      },
    },
    // Auth0 does not have the members from here on.
    q: { type: 'string', description: 'Export only the users that this query finds.', minLength: 1 },
    since: {
      type: 'string',
      description: 'Export only users added, changed or deleted after this timestamp (ISO 8601 with a zone).',
    },
    sort: {
      type: 'string',
      description: 'Order of the file, such as created_at:1 or created_at:-1.',
      enum: SORT_ATTRIBUTES.flatMap((attribute) => [`${attribute}:1`, `${attribute}:-1`] as const),
    },
    csv: {
      type: 'object',
      description: 'How a CSV file is written.',
      additionalProperties: false,
      properties: {
        guard: {
          type: 'string',
          description: "Which cells get a leading '.",
          enum: ['auth0', 'formula', 'none'],
        },
        bom: { type: 'boolean', description: 'Whether the file begins with a byte order mark.' },
        delimiter: { type: 'string', description: 'The character between cells.', enum: [',', ';', '\t'] },
        header: { type: 'boolean', description: 'Whether the first line names the columns.' },
        newline: { type: 'string', description: 'The characters that end a line.', enum: ['\n', '\r\n'] },
      },
    },
    metadata_columns: {
      type: 'string',
      description: 'With `discover`, each scalar in the metadata of the exported users gets a column.',
      enum: ['discover'],
    },
  },
} as const satisfies Schema
