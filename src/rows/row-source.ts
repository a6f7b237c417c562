import type { Lent } from '../domain/lent.ts'
import type { Column, ExportPlan } from '../plan/export-plan.ts'
import type { Agreement } from './agreement.ts'

export interface SizeGuess {
  /** Whether the plan has few users, as far as a look of milliseconds shows. */
  isSmall(plan: ExportPlan): Promise<boolean>
}

export interface RowSource {
  /**
   * Takes the snapshot, counts, sorts, and discovers columns. The caller closes the snapshot. Fails with
   * `database_unavailable`; with `changes_forgotten` if deletions after the plan's `since` are no longer known; and
   * with `columns_too_many`. If the signal aborts, it fails at once with the signal's reason, and the
   * engine cancels the running statement if it can. After that an open snapshot can only be closed. `agreement`: other
   * snapshots are opened for the same file.
   */
  open(plan: ExportPlan, signal: AbortSignal, agreement?: Agreement): Promise<Snapshot>
}

/**
 * The lines of all ranges are the whole file. Only the row source looks into a range, so engines can cut in their own
 * way.
 */
export interface Snapshot<Range = unknown> {
  /** `until` of the export. With it as `since`, the next export has all changes that this snapshot could not see. */
  readonly moment: Date
  /** No later export can go on from this one, since no column shows what has changed. */
  readonly isLast?: true
  readonly columns: readonly Column[]
  readonly ranges: readonly Range[]
  /** The lines of all ranges, counted when the users were cut into ranges. */
  readonly lines: number
  /** So many ranges may be read at once. More would wait for a connection. */
  readonly parallel: number
  /** If true, no other statement runs while a range is read. So a reader must not pause within a range. */
  readonly isAlone: boolean
  /**
   * The lines of a range, cut anywhere. The reader holds one chunk at most, since a connection has one buffer. A reader
   * may leave early.
   */
  read(range: Range): AsyncIterable<Lent>
  /** Only after every range has been read to its end must the two counts be equal. */
  counts(): SnapshotCounts
  /** Absent if all users are Muster's own. */
  readonly parts?: readonly SnapshotPart[]
  close(): Promise<void>
}

/** The users of one database. The receipt lists each part, and its two counts must be equal too. */
export interface SnapshotPart {
  /** The name of the source. Null for Muster's own users. */
  readonly source: string | null
  readonly moment: Date
  counts(): SnapshotCounts
}

/** Two independent counts. If they differ, the file lacks users, and the export fails. */
export interface SnapshotCounts {
  readonly rows: number
  readonly counted: number
}
