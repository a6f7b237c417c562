import { EXPORT_FORMATS, FIELD_NAME_LENGTH_MAX, SORT_ATTRIBUTES } from '../domain/export-request.ts'
import { CONNECTION_ID_PATTERN } from '../domain/ids.ts'
import type { Schema } from '../schema/check.ts'

// The order of the properties is the order, backwards, in which Auth0 lists what is wrong with them.
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
      // Beyond it a JavaScript number has lost digits.
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
    // From here on Muster's own.
    q: { type: 'string', description: 'Only users that this query finds.', minLength: 1 },
    since: {
      type: 'string',
      description: 'Only users added, changed or deleted after this moment (ISO 8601 with a zone).',
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
        bom: { type: 'boolean', description: 'A byte order mark in front.' },
        delimiter: { type: 'string', description: 'What stands between cells.', enum: [',', ';', '\t'] },
        header: { type: 'boolean', description: 'Whether the first line names the columns.' },
        newline: { type: 'string', description: 'How a line ends.', enum: ['\n', '\r\n'] },
      },
    },
    metadata_columns: {
      type: 'string',
      description: 'With discover: a column for each scalar of the metadata of the chosen users.',
      enum: ['discover'],
    },
  },
} as const satisfies Schema
