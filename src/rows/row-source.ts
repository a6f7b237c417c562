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
  open(plan: ExportPlan): Promise<Snapshot>
}

/** One moment of the users a plan asks for, cut into ranges whose lines together are the whole file. */
export interface Snapshot {
  /** In the order of the file, which is the order in which users were added. */
  readonly ranges: readonly Range[]
  /** How many ranges may be read at once. */
  readonly parallel: number
  /** The encoded lines of a range, cut anywhere. Leaving the loop early ends the read. */
  read(range: Range): AsyncIterable<Uint8Array>
  /** Valid once every range has been read to its end. */
  counts(): SnapshotCounts
  /** Ends what is still being read. */
  close(): Promise<void>
}

export interface SnapshotCounts {
  /** Lines given out. */
  readonly rows: number
  /** Users that the database counted in the same snapshot, by a statement of its own. */
  readonly counted: number
}
