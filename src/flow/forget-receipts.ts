import { addSeconds, type Clock } from '../domain/clock.ts'
import { JOB_LIFETIME_SECONDS } from '../domain/job.ts'
import type { ReceiptStore } from '../receipts/receipt-store.ts'

export interface ForgetReceiptsDeps {
  readonly receipts: ReceiptStore
  readonly clock: Clock
  /** For this many days a receipt outlives its file; 0 keeps it for ever. */
  readonly keptDays: number
}

export async function forgetReceipts({ receipts, clock, keptDays }: ForgetReceiptsDeps): Promise<void> {
  if (keptDays === 0) return
  await receipts.forget(addSeconds(clock.now(), -(JOB_LIFETIME_SECONDS + keptDays * 24 * 3600)))
}
