import type { CsvDialect, ExportRequest } from '../domain/export-request.ts'
import type { Lent } from '../domain/lent.ts'
import type { Value } from '../relations/value.ts'

/** All members are required, so that nobody can add half of a format. */
export interface Format {
  readonly extension: string
  /** The `Content-Type` of a download is that of gzip, because clients store the file as it is. */
  readonly mediaType: string
  readonly fieldsMax: (configured: number) => number
  readonly holdsStructures: boolean
  readonly takes: Readonly<Record<keyof Pick<ExportRequest, 'csv' | 'metadata_columns'>, boolean>>
  readonly rows: Rows
}

/**
 * What the database returns for each user. A format with typed columns, such as Parquet, needs a second kind. Every
 * place that reads rows, or writes them to a file, then fails to compile until it handles that kind.
 */
export type Rows = Lines

export interface Lines {
  readonly kind: 'lines'
  line(columns: readonly ValueColumn[], dialect: CsvDialect): string
  /** SQL of the line of a deleted user, from SQL of the user_id. Undefined if the format cannot name deleted users. */
  readonly deletion: ((userId: string) => string) | undefined
  /** Whether cells may be quoted. A line feed between quotes ends no user (RFC 4180). */
  readonly hasQuotes: boolean
  head(headings: readonly string[], dialect: CsvDialect): string
  /** It must release each chunk before it asks for the next: the database has memory for one only. */
  finish(lines: AsyncIterable<Lent>): AsyncIterable<Lent>
}

export interface ValueColumn {
  readonly heading: string
  readonly value: Value
}
