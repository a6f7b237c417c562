/** How a users file is written: a user a line, one array, or a table with a heading. */
export const IMPORT_FORMATS = ['ndjson', 'json', 'csv'] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

/** What was put in front of the cells of a CSV file; with `detect` the file shows it. */
export const CSV_GUARDS = ['detect', 'auth0', 'formula', 'none'] as const
export const CSV_DELIMITERS = [',', ';', '\t'] as const

/** How a CSV file is to be read, as far as the caller knows better than the file shows. */
export interface CsvReading {
  readonly guard?: (typeof CSV_GUARDS)[number]
  readonly delimiter?: (typeof CSV_DELIMITERS)[number]
  /** Paths of the columns, for a file whose first line is a user. */
  readonly columns?: readonly string[]
}

/** What becomes of users who are known: refused, or changed with metadata replaced, or with metadata merged. */
export type Upsert = 'no' | 'overwrite' | 'merge'

/** What an import was asked to do; the users themselves lie in the object store until it has run. */
export interface ImportRequest {
  /** Auth0's form is held to Auth0's rules to the letter; a stream takes whatever an export gives out. */
  readonly by: 'form' | 'stream'
  readonly format: ImportFormat
  readonly csv?: CsvReading
  readonly upsert: Upsert
  /** Keep times, counters and identities of the file instead of making new ones. */
  readonly preserve: boolean
  /** Check everything, tell what would become of it, and write nothing. */
  readonly dryRun: boolean
  readonly external_id?: string
  /** Where the file lies in the object store. */
  readonly objectKey: string
}
