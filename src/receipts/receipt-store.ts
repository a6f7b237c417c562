/** Every method fails with `database_unavailable` if the database cannot be reached. */
export interface ReceiptStore {
  find(jobId: string): Promise<string | undefined>
  /** Removes older receipts. A tenant's chain still continues from its last receipt, even if that one is removed. */
  forget(before: Date): Promise<void>
}
