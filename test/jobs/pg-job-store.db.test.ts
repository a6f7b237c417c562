import { describe } from 'vitest'
import { pgJobStore } from '../../src/jobs/pg-job-store.ts'
import { jobStoreContract } from '../contract/job-store.ts'
import { ENGINES, newDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('job store on %s', (engine) => {
  jobStoreContract(async () => {
    const { database, stop } = await newDatabase(engine)
    return { store: pgJobStore(database), stop }
  })
})
