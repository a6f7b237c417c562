import type { Connection } from '../domain/connection.ts'
import { writeJson } from '../domain/write-json.ts'
import type { Database } from '../pg/database.ts'
import type { ConnectionStore } from './connection-store.ts'

export function pgConnectionStore(database: Database): ConnectionStore {
  const one = async (where: string, value: string): Promise<Connection | undefined> => {
    const [row] = await database.query<Connection>(
      `select id, name, strategy, options from muster.connections where ${where}`,
      [value],
    )
    return row
  }
  return {
    list: () =>
      database.query<Connection>(
        'select id, name, strategy, options from muster.connections order by position',
      ),
    find: (id) => one('id = $1', id),
    findByName: (name) => one('name = $1', name),
    add: async ({ id, name, strategy, options }) => {
      const rows = await database.query(
        `insert into muster.connections (id, name, strategy, options) values ($1, $2, $3, $4)
         on conflict (name) do nothing returning id`,
        [id, name, strategy, writeJson(options)],
      )
      return rows.length === 1
    },
    setOptions: async (id, options) => {
      const [row] = await database.query<Connection>(
        'update muster.connections set options = $2 where id = $1 returning id, name, strategy, options',
        [id, writeJson(options)],
      )
      return row
    },
    // The foreign key removes the users too, which may take long.
    remove: (id) =>
      database.transaction(
        async (session) =>
          (await session.query('delete from muster.connections where id = $1 returning id', [id])).length ===
          1,
        { isLong: true },
      ),
  }
}
