/** Every method fails with `database_unavailable` if the database cannot be reached. */
export interface ReceiptStore {
  find(jobId: string): Promise<string | undefined>
  /** The chain of each tenant still goes on from its last receipt, even if that one is removed. */
  forget(before: Date): Promise<void>
}
