import { CSV_FIELDS_MAX, EXPORT_FORMATS, type ExportFormat } from '../domain/export-request.ts'
import { csvHeader } from './csv-header.ts'
import { csvLine } from './csv-line.ts'
import type { Format } from './format.ts'
import { withoutLineSeparators } from './line-separators.ts'
import { ndjsonDeletion, ndjsonLine } from './ndjson-line.ts'

export const FORMATS: Readonly<Record<ExportFormat, Format>> = {
  csv: {
    extension: 'csv.gz',
    mediaType: 'application/gzip',
    fieldsMax: () => CSV_FIELDS_MAX,
    holdsStructures: false,
    takes: { csv: true, metadata_columns: true },
    rows: {
      kind: 'lines',
      line: csvLine,
      deletion: undefined,
      hasQuotes: true,
      head: csvHeader,
      finish: (lines) => lines,
    },
  },
  json: {
    extension: 'json.gz',
    mediaType: 'application/gzip',
    fieldsMax: (configured) => configured,
    holdsStructures: true,
    takes: { csv: false, metadata_columns: false },
    rows: {
      kind: 'lines',
      line: ndjsonLine,
      deletion: ndjsonDeletion,
      hasQuotes: false,
      head: () => '',
      finish: withoutLineSeparators,
    },
  },
}

export function tellsDeletions(format: ExportFormat): boolean {
  return FORMATS[format].rows.deletion !== undefined
}

export function mediaTypeOf(fileName: string): string {
  const format = EXPORT_FORMATS.find((name) => fileName.endsWith(`.${FORMATS[name].extension}`))
  return format === undefined ? 'application/octet-stream' : FORMATS[format].mediaType
}
