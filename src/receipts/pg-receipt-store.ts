import type { Database } from '../pg/database.ts'
import type { ReceiptStore } from './receipt-store.ts'

export function pgReceiptStore(database: Database): ReceiptStore {
  return {
    find: async (jobId) => {
      const [row] = await database.query<{ jws: string }>(
        'select jws from muster.receipts where job_id = $1',
        [jobId],
      )
      return row?.jws
    },
    forget: async (before) => {
      await database.query('delete from muster.receipts where made_at < $1', [before])
    },
  }
}
