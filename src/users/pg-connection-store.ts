import type { Connection } from '../domain/connection.ts'
import { writeJson } from '../domain/write-json.ts'
import type { Database } from '../pg/database.ts'
import { firstRow, givesRow } from '../pg/rows.ts'
import type { ConnectionStore } from './connection-store.ts'

const COLUMNS = 'id, name, strategy, options'

export function pgConnectionStore(database: Database): ConnectionStore {
  const one = (where: string, value: string): Promise<Connection | undefined> =>
    firstRow(database, `select ${COLUMNS} from muster.connections where ${where}`, [value])
  return {
    list: () => database.query<Connection>(`select ${COLUMNS} from muster.connections order by position`),
    find: (id) => one('id = $1', id),
    findByName: (name) => one('name = $1', name),
    add: ({ id, name, strategy, options }) =>
      givesRow(
        database,
        `insert into muster.connections (${COLUMNS}) values ($1, $2, $3, $4)
         on conflict (name) do nothing returning id`,
        [id, name, strategy, writeJson(options)],
      ),
    setOptions: (id, options) =>
      firstRow(database, `update muster.connections set options = $2 where id = $1 returning ${COLUMNS}`, [
        id,
        writeJson(options),
      ]),
    // The foreign key removes the users too, which may take long.
    remove: (id) =>
      database.transaction(
        (session) => givesRow(session, 'delete from muster.connections where id = $1 returning id', [id]),
        { isLong: true },
      ),
  }
}
