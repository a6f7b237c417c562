export const IMPORT_FORMATS = ['ndjson', 'json', 'csv'] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

/** A guard is a `'` in front of a cell: of each text, of those that could be formulas, or of none. */
export const CSV_GUARDS = ['auth0', 'formula', 'none'] as const
export const CSV_DELIMITERS = [',', ';', '\t'] as const

/** Only what the request says. The rest is found out from the file. */
export interface CsvReading {
  /** With `detect`, or without this member, the file shows which guard to remove. */
  readonly guard?: 'detect' | (typeof CSV_GUARDS)[number]
  readonly delimiter?: (typeof CSV_DELIMITERS)[number]
  /** The headings, for a file without a header. */
  readonly columns?: readonly string[]
}

/** A merge has one level, as at Auth0, and null removes a member. */
export type Upsert = 'no' | 'overwrite' | 'merge'

export interface ImportRequest {
  /** A form follows Auth0's rules exactly. A stream also takes every file that an export makes. */
  readonly by: 'form' | 'stream'
  readonly format: ImportFormat
  readonly csv?: CsvReading
  readonly upsert: Upsert
  readonly preserve: boolean
  readonly dryRun: boolean
  readonly external_id?: string
  /** The job shows these sentences: how Muster understood parameters that may have meant something else. */
  readonly notes?: readonly string[]
  /** The file stays until the import has run, since a worker that takes over reads it again. */
  readonly objectKey: string
}
