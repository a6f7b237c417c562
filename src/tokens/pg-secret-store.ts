import type { Database } from '../pg/database.ts'
import { firstRow } from '../pg/rows.ts'
import type { SecretStore } from './secret-store.ts'

export function pgSecretStore(database: Database): SecretStore {
  const read = async (name: string): Promise<unknown> => {
    const found = 'select value from muster.secrets where name = $1'
    return (await firstRow<{ value: unknown }>(database, found, [name]))?.value
  }
  return {
    getOrMake: async (name, make) => {
      const known = await read(name)
      if (known !== undefined) return known
      // Processes that start at the same time each make a secret. The first insert wins, so all use the same one.
      await database.query(
        'insert into muster.secrets (name, value) values ($1, $2) on conflict (name) do nothing',
        [name, JSON.stringify(await make())],
      )
      return read(name)
    },
    change: (name, change) =>
      database.transaction(async (session) => {
        const [row] = await session.query<{ value: unknown }>(
          'select value from muster.secrets where name = $1 for update',
          [name],
        )
        if (row === undefined) return
        const changed = JSON.stringify(change(row.value))
        await session.query('update muster.secrets set value = $2 where name = $1', [name, changed])
      }),
  }
}
