import { describe } from 'vitest'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { connectionStoreContract } from '../contract/connection-store.ts'
import { importProperty } from '../contract/import-property.ts'
import { userBatchesContract } from '../contract/user-batches.ts'
import { type UserStores, userStoreContract } from '../contract/user-store.ts'
import { ENGINES, type Engine, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('user store on $name', (engine) => {
  userStoreContract(() => open(engine))
  describe('batches', () => userBatchesContract(() => open(engine)))
  describe('imports', () => importProperty(() => open(engine), 40))
})

async function open(engine: Engine): Promise<UserStores> {
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
    ids: async () => {
      const rows = await database.query<{ user_id: string }>('select user_id from muster.users order by key')
      return rows.map((row) => row.user_id)
    },
    stop,
  }
}

describe.each(ENGINES)('connection store on $name', (engine) => {
  connectionStoreContract(async () => {
    const { database, stop } = await withDatabase(engine)
    return { store: pgConnectionStore(database), stop }
  })
})
