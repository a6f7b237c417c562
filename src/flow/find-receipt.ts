import { Failure } from '../domain/failure.ts'
import type { ReceiptStore } from '../receipts/receipt-store.ts'

export interface FindReceiptDeps {
  readonly receipts: ReceiptStore
}

/** Also found after its job is forgotten: the file may be checked years later. Fails with `receipt_not_found`. */
export async function findReceipt(jobId: string, { receipts }: FindReceiptDeps): Promise<string> {
  const jws = await receipts.find(jobId)
  if (jws !== undefined) return jws
  throw new Failure('receipt_not_found', 'The receipt does not exist. Only a completed export has one.')
}
