import type { Database } from '../pg/database.ts'
import type { ClientStore } from './client-store.ts'

// Grants are to this API wherever it is reached: the audience in a token follows the public URL of the day.
const AUDIENCE = 'management-api'

/** Clients and what they are granted, as rows of `muster.clients` and `muster.client_grants`. */
export function pgClientStore(database: Database): ClientStore {
  return {
    find: async (clientId) => {
      const [row] = await database.query<{ secret_hash: string; scope: string[] | null }>(
        `select secret_hash, scope from muster.clients
         left join muster.client_grants using (client_id) where client_id = $1 and audience = $2`,
        [clientId, AUDIENCE],
      )
      return row === undefined ? undefined : { clientId, secretHash: row.secret_hash, scope: row.scope ?? [] }
    },
    isEmpty: async () => (await database.query('select from muster.clients limit 1')).length === 0,
    put: (client, name, now) =>
      database.transaction(async (session) => {
        await session.query(
          `insert into muster.clients (client_id, name, secret_hash, created_at) values ($1, $2, $3, $4)
           on conflict (client_id) do update set secret_hash = excluded.secret_hash`,
          [client.clientId, name, client.secretHash, now],
        )
        await session.query(
          `insert into muster.client_grants (client_id, audience, scope) values ($1, $2, $3)
           on conflict (client_id, audience) do update set scope = excluded.scope`,
          [client.clientId, AUDIENCE, client.scope],
        )
      }),
  }
}
