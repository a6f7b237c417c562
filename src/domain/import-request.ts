export const IMPORT_FORMATS = ['ndjson', 'json', 'csv'] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

/** Which cells of a CSV file have a guard `'` in front: all texts, those that could be formulas, or none. */
export const CSV_GUARDS = ['auth0', 'formula', 'none'] as const
export const CSV_DELIMITERS = [',', ';', '\t'] as const

/** What the request says about its CSV file. Muster finds out the rest from the file. */
export interface CsvReading {
  /** The guard to remove. With `detect`, or without this member, the file shows it. */
  readonly guard?: 'detect' | (typeof CSV_GUARDS)[number]
  readonly delimiter?: (typeof CSV_DELIMITERS)[number]
  /** The headings, for a file without a header. */
  readonly columns?: readonly string[]
}

/**
 * What an import does with a user who is already stored: refuse, overwrite, or overwrite with the metadata merged. A
 * merge has one level, and null removes a member.
 */
export type Upsert = 'no' | 'overwrite' | 'merge'

export interface ImportRequest {
  /** A form follows Auth0's rules exactly. A stream also takes every file that an export makes. */
  readonly by: 'form' | 'stream'
  readonly format: ImportFormat
  readonly csv?: CsvReading
  readonly upsert: Upsert
  /** Keep ids, identities, timestamps and counters of the file instead of making new ones. */
  readonly preserve: boolean
  /** Check all users, report the outcome, and store nothing. */
  readonly dryRun: boolean
  readonly external_id?: string
  /** Sentences that the job shows: how Muster understood parameters that may have meant something else. */
  readonly notes?: readonly string[]
  /** The users file in the object store. It stays there until the import has run. */
  readonly objectKey: string
}
