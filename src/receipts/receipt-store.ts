/** The signed receipts of completed exports. Every method fails with `database_unavailable` if the database cannot be reached. */
export interface ReceiptStore {
  /** The receipt of a job: a JWS in compact serialization. */
  find(jobId: string): Promise<string | undefined>
  /** Removes the receipts that were made before. The chain of each tenant still goes on from its last receipt. */
  forget(before: Date): Promise<void>
}
