import type { CsvReading, ImportFormat } from '../domain/import-request.ts'
import type { InflationLimits } from './plain-bytes.ts'

/** Which cells have a leading `'` that is not theirs. */
export type Guard = Exclude<NonNullable<CsvReading['guard']>, 'detect'>

export type Delimiter = NonNullable<CsvReading['delimiter']>

export interface DecodeOptions {
  readonly format: ImportFormat
  readonly csv?: CsvReading
  /** Auth0's form: the text as it came, and members by the names that they have; nothing is made of either. */
  readonly isVerbatim?: boolean
  /** A file that has entries, and no user among them, fails. */
  readonly wantsUser?: boolean
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
