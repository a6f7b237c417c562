import { describe } from 'vitest'
import { objectStoreContract } from '../contract/object-store.ts'
import { memoryObjectStore } from '../fixtures/memory-object-store.ts'

describe('object store in memory', () => {
  objectStoreContract(async () => ({ store: memoryObjectStore(), stop: async () => undefined }))
})
