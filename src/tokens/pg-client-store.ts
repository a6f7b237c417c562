import { newClientGrantId } from '../domain/ids.ts'
import { writeJson } from '../domain/write-json.ts'
import type { Database, Session } from '../pg/database.ts'
import { firstRow, run } from '../pg/rows.ts'
import type { Client, ClientAccess, ClientChange, ClientStore } from './client-store.ts'
import { AUDIENCE } from './pg-client-grant-store.ts'

const COLUMNS = 'client_id, name, settings, created_at, updated_at'
const CLIENT = 'client_id as "clientId", name, settings, created_at as "createdAt", updated_at as "updatedAt"'

export function pgClientStore(database: Database): ClientStore {
  return {
    find: (clientId) =>
      firstRow(database, `select ${CLIENT} from muster.clients where client_id = $1`, [clientId]),
    findAccess: async (clientId) => {
      const row = await firstRow<Client & { secret_hash: string; scope: string[] | null }>(
        database,
        `select ${CLIENT}, secret_hash,
           (select scope from muster.client_grants g where g.client_id = c.client_id and audience = $2)
         from muster.clients c where client_id = $1`,
        [clientId, AUDIENCE],
      )
      if (row === undefined) return undefined
      const { secret_hash: secretHash, scope, ...client } = row
      return { client, secretHash, scope: scope ?? undefined }
    },
    list: () => database.query<Client>(`select ${CLIENT} from muster.clients order by position`),
    isEmpty: async () => (await database.query('select from muster.clients limit 1')).length === 0,
    add: (client, secretHash) =>
      run(database, `insert into muster.clients (${COLUMNS}, secret_hash) values ($1, $2, $3, $4, $5, $6)`, [
        ...valuesOf(client),
        secretHash,
      ]),
    change: (clientId, change) => database.transaction((session) => changeClient(session, clientId, change)),
    // The foreign key removes the grants too.
    remove: (clientId) => run(database, 'delete from muster.clients where client_id = $1', [clientId]),
    put: (access) => database.transaction((session) => putAccess(session, access)),
    addFirst: (access) =>
      database.transaction(async (session) => {
        // A process that starts at the same time waits here and then finds this client. Otherwise there would be two.
        await session.query('lock table muster.clients in share row exclusive mode')
        if ((await session.query('select from muster.clients limit 1')).length > 0) return false
        await putAccess(session, access)
        return true
      }),
  }
}

async function putAccess(session: Session, { client, secretHash, scope = [] }: ClientAccess): Promise<void> {
  await session.query(
    `insert into muster.clients (${COLUMNS}, secret_hash) values ($1, $2, $3, $4, $5, $6)
     on conflict (client_id) do update
       set secret_hash = excluded.secret_hash, settings = clients.settings || excluded.settings`,
    [...valuesOf(client), secretHash],
  )
  await session.query(
    `insert into muster.client_grants (id, client_id, audience, scope) values ($1, $2, $3, $4)
     on conflict (client_id, audience) do update set scope = excluded.scope`,
    [newClientGrantId(), client.clientId, AUDIENCE, scope],
  )
}

async function changeClient(
  session: Session,
  clientId: string,
  change: (present: Client) => ClientChange,
): Promise<Client | undefined> {
  const [present] = await session.query<Client>(
    `select ${CLIENT} from muster.clients where client_id = $1 for update`,
    [clientId],
  )
  if (present === undefined) return undefined
  const { client, secretHash } = change(present)
  await session.query(
    `update muster.clients
       set (${COLUMNS}, secret_hash) = ($1, $2, $3, $4, $5, coalesce($6, secret_hash)) where client_id = $1`,
    [...valuesOf(client), secretHash ?? null],
  )
  return client
}

function valuesOf({ clientId, name, settings, createdAt, updatedAt }: Client): readonly unknown[] {
  return [clientId, name, writeJson(settings), createdAt, updatedAt]
}
