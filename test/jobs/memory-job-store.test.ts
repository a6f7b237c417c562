import { describe } from 'vitest'
import { jobStoreContract } from '../contract/job-store.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'

describe('job store in memory', () => {
  jobStoreContract(async () => {
    const batches = new Map<string, { inserted: number }[]>()
    const batchesOf = (id: string) => batches.get(id) ?? []
    return {
      store: memoryJobStore({ batches }),
      addBatch: async (id, _number, inserted) => void batches.set(id, [...batchesOf(id), { inserted }]),
      stop: async () => undefined,
    }
  })
})
