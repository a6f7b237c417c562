import type { Database } from '../pg/database.ts'
import { firstRow, run } from '../pg/rows.ts'
import type { ReceiptStore } from './receipt-store.ts'

export function pgReceiptStore(database: Database): ReceiptStore {
  return {
    find: async (jobId) => {
      const found = 'select jws from muster.receipts where job_id = $1'
      return (await firstRow<{ jws: string }>(database, found, [jobId]))?.jws
    },
    forget: (before) => run(database, 'delete from muster.receipts where made_at < $1', [before]),
  }
}
