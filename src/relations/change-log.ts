/** What is known of users that are no more, and of the moments from which exports of changes go on. */
export interface ChangeLog {
  /**
   * Whether a file of what changed after a moment can tell every deletion: always after an export's own moment
   * that is still known, else when nothing of that time is forgotten. Fails with `database_unavailable`.
   */
  reachesBackTo(moment: Date): Promise<boolean>
  /** Whether a moment is that of an export that is still known. Fails with `database_unavailable`. */
  isRecorded(moment: Date): Promise<boolean>
  /** Forgets deletions and moments before `before`. Fails with `database_unavailable`. */
  forget(before: Date): Promise<void>
}
