import type { Column, ExportPlan } from '../plan/export-plan.ts'

/** Where the rows of an export come from. */
export interface RowSource {
  /**
   * Fixes the moment that the export shows, counts, sorts, and discovers columns. The caller closes the snapshot. Fails
   * with `database_unavailable`, with `changes_forgotten` when deletions since the plan's `since` are no longer known,
   * and with `columns_too_many`. When the signal aborts, it fails with the signal's reason at once, and the statement
   * that runs is cancelled; an open snapshot can then only be closed.
   */
  open(plan: ExportPlan, signal: AbortSignal): Promise<Snapshot>
}

/**
 * One moment of the users a plan asks for, cut into ranges whose lines together are the whole file. What a
 * range is, is for the row source to know.
 */
export interface Snapshot<Range = unknown> {
  /** An export of changes since this moment tells what this one could not see. */
  readonly moment: Date
  /** The plan's, and those discovered. */
  readonly columns: readonly Column[]
  /** In the order of the file: deletions, then users in the plan's order. */
  readonly ranges: readonly Range[]
  /** How many ranges may be read at once. */
  readonly parallel: number
  /**
   * The encoded lines of a range, cut anywhere; each chunk is lent until the next is asked for. Leaving the loop
   * early ends the read.
   */
  read(range: Range): AsyncIterable<Uint8Array>
  /** Valid once every range has been read to its end. */
  counts(): SnapshotCounts
  /** Ends what is still being read. */
  close(): Promise<void>
}

export interface SnapshotCounts {
  /** Lines given out. */
  readonly rows: number
  /** Users and deletions that the database counted in the same snapshot, by a statement of its own. */
  readonly counted: number
}
