/**
 * What Muster remembers of deleted users and of earlier exports. Each method fails with `database_unavailable` if the
 * database cannot be reached.
 */
export interface ChangeLog {
  /** Whether an export with this `since` can name every deletion: nothing after the timestamp is forgotten. */
  reachesBackTo(moment: Date): Promise<boolean>
  /** Whether the timestamp is the `until` of an earlier export. Then no change around it can be missed. */
  isRecorded(moment: Date): Promise<boolean>
  /** Forgets deletions and exports before `before`. */
  forget(before: Date): Promise<void>
}
