export const IMPORT_FORMATS = ['ndjson', 'json', 'csv'] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

export const CSV_GUARDS = ['auth0', 'formula', 'none'] as const
export const CSV_DELIMITERS = [',', ';', '\t'] as const

/** Only what the request says. The rest must be found out from the file. */
export interface CsvReading {
  readonly guard?: 'detect' | (typeof CSV_GUARDS)[number]
  readonly delimiter?: (typeof CSV_DELIMITERS)[number]
  readonly columns?: readonly string[]
}

/** A merge has one level, as at Auth0, and null removes a member. */
export type Upsert = 'no' | 'overwrite' | 'merge'

export interface ImportRequest {
  /** A form must follow Auth0's rules exactly. A stream also takes every file that an export makes. */
  readonly by: 'form' | 'stream'
  readonly format: ImportFormat
  readonly csv?: CsvReading
  readonly upsert: Upsert
  readonly preserve: boolean
  readonly dryRun: boolean
  readonly external_id?: string
  /**
   * How Muster understood parameters that may have meant something else. The job shows these sentences, or the client
   * would not notice.
   */
  readonly notes?: readonly string[]
  /** The file stays until the import has run, since a worker that takes over reads it again. */
  readonly objectKey: string
}
