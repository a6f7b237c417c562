import type { CsvReading, ImportFormat } from '../domain/import-request.ts'
import type { InflationLimits } from './plain-bytes.ts'

export type Guard = Exclude<NonNullable<CsvReading['guard']>, 'detect'>

export type Delimiter = NonNullable<CsvReading['delimiter']>

export interface DecodeOptions {
  readonly format: ImportFormat
  readonly csv?: CsvReading
  /** Auth0's form knows neither gzip nor paths as names of members, so both are taken as they are. */
  readonly isVerbatim?: boolean
  readonly wantsUser?: boolean
  readonly limits?: Partial<DecodeLimits>
}

export interface DecodeLimits extends InflationLimits {
  readonly entryBytesMax: number
  /** After this many unreadable entries in a row, the file is probably no users file, and the import fails. */
  readonly unreadableRunMax: number
}

const MiB = 1024 * 1024

export const DEFAULT_LIMITS: DecodeLimits = {
  // Twice the largest profile that Auth0's documentation mentions.
  entryBytesMax: 2 * MiB,
  unreadableRunMax: 1000,
  bytesFree: 64 * MiB,
  // gzip makes users files 10 to 30 times smaller, but a bomb up to 1,000 times. So the limit lies between.
  ratioMax: 200,
}
