/** Each method fails with `database_unavailable` if the database cannot be reached. */
export interface ChangeLog {
  /** True if an export with this `since` can name every deletion: nothing after the timestamp is forgotten. */
  reachesBackTo(moment: Date): Promise<boolean>
  /** True if the timestamp is the `until` of an earlier export. Then no change around it can be missed. */
  isRecorded(moment: Date): Promise<boolean>
  /** Keeps deletions that a recorded export could not see, since the next export of its chain must name them. */
  forget(before: Date): Promise<void>
}
