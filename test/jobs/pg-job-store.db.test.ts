import { describe } from 'vitest'
import { pgJobStore } from '../../src/jobs/pg-job-store.ts'
import { jobStoreContract } from '../contract/job-store.ts'
import { ENGINES, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('job store on $name', (engine) => {
  jobStoreContract(async () => {
    const { database, stop } = await withDatabase(engine)
    const addBatch = async (id: string, number: number, inserted: number): Promise<void> => {
      await database.query('insert into muster.import_batches (batch_key, results) values ($1, $2)', [
        `${id}/${number}`,
        JSON.stringify({ inserted, updated: 0, refused: [] }),
      ])
    }
    return { store: pgJobStore(database), addBatch, stop }
  })
})
