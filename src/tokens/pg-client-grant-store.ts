import type { Database } from '../pg/database.ts'
import { sqlState } from '../pg/failure-of.ts'
import { firstRow, run } from '../pg/rows.ts'
import type { ClientGrant, ClientGrantStore } from './client-store.ts'

/** Not the public URL: a grant must stay valid if the URL changes. */
export const AUDIENCE = 'management-api'

const COLUMNS = 'id, client_id as "clientId", scope'

const REFUSALS = { '23503': 'client_unknown', '23505': 'granted_before' } as const

export function pgClientGrantStore(database: Database): ClientGrantStore {
  return {
    find: (id) => firstRow(database, `select ${COLUMNS} from muster.client_grants where id = $1`, [id]),
    list: () => database.query<ClientGrant>(`select ${COLUMNS} from muster.client_grants order by position`),
    add: async ({ id, clientId, scope }) => {
      try {
        await database.query(
          'insert into muster.client_grants (id, client_id, audience, scope) values ($1, $2, $3, $4)',
          [id, clientId, AUDIENCE, scope],
        )
        return undefined
      } catch (error) {
        const state = sqlState(error)
        if (state === '23503' || state === '23505') return REFUSALS[state]
        throw error
      }
    },
    setScope: (id, scope) =>
      firstRow(database, `update muster.client_grants set scope = $2 where id = $1 returning ${COLUMNS}`, [
        id,
        scope,
      ]),
    remove: (id) => run(database, 'delete from muster.client_grants where id = $1', [id]),
  }
}
