import type { CsvDialect, ExportRequest } from '../domain/export-request.ts'
import type { Value } from '../relations/value.ts'

/** Everything that differs from format to format. All members are required, so that no format is added in part. */
export interface Format {
  /** Ends the name of the file. */
  readonly extension: string
  /** Of the file as it is downloaded. */
  readonly mediaType: string
  /** How many fields a request may name; `configured` is MUSTER_JSON_FIELDS_MAX. */
  readonly fieldsMax: (configured: number) => number
  /** Whether a column can hold a whole object or array. */
  readonly holdsStructures: boolean
  /** The members of a request that only some formats have a meaning for. */
  readonly takes: Readonly<Record<keyof Pick<ExportRequest, 'csv' | 'metadata_columns'>, boolean>>
  readonly rows: Rows
}

/**
 * What the database gives out for each user. A format of typed columns, such as Parquet, becomes a second kind; each
 * place that reads rows or makes a file of them then fails to compile until it knows that kind.
 */
export type Rows = Lines

/** One text a user, as it stands in the file; all texts after each other, compressed, are the file. */
export interface Lines {
  readonly kind: 'lines'
  /** SQL of a user's line, its end included. */
  line(columns: readonly ValueColumn[], dialect: CsvDialect): string
  /** SQL of the line of a deleted user, given SQL of the user_id; undefined if files of changes tell no deletions. */
  readonly deletion: ((userId: string) => string) | undefined
  /** What stands before the first user. */
  head(headings: readonly string[], dialect: CsvDialect): string
  /** The stage between database and compressor. Chunks are lent until the next is asked for, on both sides. */
  finish(lines: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
}

/** A column of the file, and where its values lie. */
export interface ValueColumn {
  readonly heading: string
  readonly value: Value
}
