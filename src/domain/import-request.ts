/** How a users file is written: a user a line, one array, or a table with a heading. */
export const IMPORT_FORMATS = ['ndjson', 'json', 'csv'] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

/** Which cells of a CSV file have a leading `'` that is not theirs: all texts, dangerous ones, none. */
export const CSV_GUARDS = ['auth0', 'formula', 'none'] as const
export const CSV_DELIMITERS = [',', ';', '\t'] as const

/** How a CSV file is to be read, where the caller knows better than the file shows. */
export interface CsvReading {
  /** To be taken off; with `detect`, or none given, the file itself shows it. */
  readonly guard?: 'detect' | (typeof CSV_GUARDS)[number]
  /** By default the one that makes most sense of the first line. */
  readonly delimiter?: (typeof CSV_DELIMITERS)[number]
  /** For a file without a header: what would stand in it. */
  readonly columns?: readonly string[]
}

/**
 * What an import does with a user whose e-mail address is known: refuse it, write what the file gives, or write
 * it with metadata merged on its first level, where null removes a member.
 */
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
  /** What was understood otherwise than it may have been meant, in sentences that the job shows. */
  readonly notes?: readonly string[]
  /** Where the file lies in the object store. */
  readonly objectKey: string
}
