import type { InflationLimits } from './plain-bytes.ts'

export interface CsvReading {
  /** What was put before texts, to be taken off; by default the file itself shows it. */
  readonly guard?: 'detect' | Guard
  /** By default the one that makes most sense of the first line. */
  readonly delimiter?: Delimiter
  /** For a file without a header: what would stand in it. */
  readonly columns?: readonly string[]
}

/** Which cells have a leading `'` that is not theirs. */
export type Guard = 'auth0' | 'formula' | 'none'

export type Delimiter = ',' | ';' | '\t'

export interface DecodeOptions {
  readonly format: 'ndjson' | 'json' | 'csv'
  readonly csv?: CsvReading
  readonly limits?: Partial<DecodeLimits>
}

export interface DecodeLimits extends InflationLimits {
  /** What one entry may take of the file. */
  readonly entryBytesMax: number
  /** As many unreadable entries in a row are no accident: the file is something else. */
  readonly unreadableRunMax: number
}

const MiB = 1024 * 1024

export const DEFAULT_LIMITS: DecodeLimits = {
  // Twice the largest profile that Auth0's doc knows of.
  entryBytesMax: 2 * MiB,
  unreadableRunMax: 1000,
  bytesFree: 64 * MiB,
  // Files of users are compressed to a tenth or a thirtieth; deflate reaches a thousandth.
  ratioMax: 200,
}
