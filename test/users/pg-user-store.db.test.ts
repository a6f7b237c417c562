import { describe } from 'vitest'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { connectionStoreContract } from '../contract/connection-store.ts'
import { userStoreContract } from '../contract/user-store.ts'
import { ENGINES, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('user store on $name', (engine) => {
  userStoreContract(async () => {
    const { database, stop } = await withDatabase(engine)
    return {
      users: pgUserStore(database),
      connections: pgConnectionStore(database),
      credentials: async (userId) => {
        const [row] = await database.query(
          `select password_hash, custom_password_hash, mfa_factors
           from muster.credentials join muster.users on key = user_key where user_id = $1`,
          [userId],
        )
        return row
      },
      stop,
    }
  })
})

describe.each(ENGINES)('connection store on $name', (engine) => {
  connectionStoreContract(async () => {
    const { database, stop } = await withDatabase(engine)
    return { store: pgConnectionStore(database), stop }
  })
})
