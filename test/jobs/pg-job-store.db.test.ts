import { describe } from 'vitest'
import { pgJobStore } from '../../src/jobs/pg-job-store.ts'
import { jobStoreContract } from '../contract/job-store.ts'
import { ENGINES, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('job store on $name', (engine) => {
  jobStoreContract(async () => {
    const { database, stop } = await withDatabase(engine)
    return { store: pgJobStore(database), stop }
  })
})
