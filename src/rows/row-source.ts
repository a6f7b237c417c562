import type { ExportPlan } from '../plan/export-plan.ts'

/** A slice of users by key: `after < key <= upTo`. */
export interface Range {
  readonly after: bigint
  readonly upTo: bigint
}

/** Where the rows of an export come from. */
export interface RowSource {
  /**
   * Fixes the moment that the export shows. The caller closes the snapshot. Fails with
   * `database_unavailable`.
   */
  open(plan: ExportPlan, signal: AbortSignal): Promise<Snapshot>
}

/** One moment of the users a plan asks for, cut into ranges whose lines together are the whole file. */
export interface Snapshot {
  /** In the order of the file, which is the order in which users were added. */
  readonly ranges: readonly Range[]
  /** How many ranges may be read at once. */
  readonly parallel: number
  /** The first line of a CSV file; empty for NDJSON. */
  readonly header: Uint8Array
  read(range: Range, signal: AbortSignal): RangeRead
  close(): Promise<void>
}

export interface RangeRead {
  /** Encoded lines, cut anywhere. Leaving the loop early ends the read. */
  readonly lines: AsyncIterable<Uint8Array>
  /** Valid once `lines` has ended: lines given out, and users that the database counted for the range. */
  readonly counts: () => { readonly rows: number; readonly counted: number }
}
