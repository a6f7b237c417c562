import { describe } from 'vitest'
import { pgReceiptStore } from '../../src/receipts/pg-receipt-store.ts'
import { receiptStoreContract } from '../contract/receipt-store.ts'
import { ENGINES, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('receipt store on $name', (engine) => {
  receiptStoreContract(async () => {
    const { database, stop } = await withDatabase(engine)
    let position = 0
    const add = async (jobId: string, jws: string, madeAt: Date): Promise<void> => {
      await database.query(
        `insert into muster.receipts (job_id, tenant, position, jws, sha256, made_at)
         values ($1, 'acme', $2, $3, '', $4)`,
        [jobId, ++position, jws, madeAt],
      )
    }
    return { store: pgReceiptStore(database), add, stop }
  })
})
