import { Failure } from '../domain/failure.ts'
import type { ReceiptStore } from '../receipts/receipt-store.ts'

export interface FindReceiptDeps {
  readonly receipts: ReceiptStore
}

/** The signed receipt of a completed export, also when its job is forgotten. Fails with `receipt_not_found`. */
export async function findReceipt(jobId: string, { receipts }: FindReceiptDeps): Promise<string> {
  const jws = await receipts.find(jobId)
  if (jws !== undefined) return jws
  throw new Failure('receipt_not_found', 'The receipt does not exist. Only a completed export has one.')
}
