import { describe } from 'vitest'
import { pgSecretStore } from '../../src/tokens/pg-secret-store.ts'
import { secretStoreContract } from '../contract/secret-store.ts'
import { ENGINES, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('secret store on $name', (engine) => {
  secretStoreContract(async () => {
    const { database, stop } = await withDatabase(engine)
    return { stores: [pgSecretStore(database), pgSecretStore(database), pgSecretStore(database)], stop }
  })
})
