import { describe } from 'vitest'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserFinder } from '../../src/users/pg-user-search.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { userFinderContract } from '../contract/user-search.ts'
import { ENGINES, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('user finder on $name', (engine) => {
  userFinderContract(async () => {
    const { database, stop } = await withDatabase(engine)
    return {
      finder: pgUserFinder(database),
      users: pgUserStore(database),
      connections: pgConnectionStore(database),
      stop,
    }
  })
})
