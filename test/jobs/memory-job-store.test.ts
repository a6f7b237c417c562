import { describe } from 'vitest'
import { jobStoreContract } from '../contract/job-store.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'

describe('job store in memory', () => {
  jobStoreContract(async () => ({ store: memoryJobStore(), stop: async () => undefined }))
})
