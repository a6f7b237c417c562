import { describe, expect, test } from 'vitest'
import { newClientId } from '../../src/domain/ids.ts'
import { migrate } from '../../src/pg/migrate.ts'
import { mayUseClientCredentials } from '../../src/tokens/client-settings.ts'
import { pgClientGrantStore } from '../../src/tokens/pg-client-grant-store.ts'
import { pgClientStore } from '../../src/tokens/pg-client-store.ts'
import { ALL_SCOPES } from '../../src/tokens/scopes.ts'
import { clientStoreContract } from '../contract/client-store.ts'
import { ENGINES, withDatabase } from '../fixtures/engines.ts'
import { goBackBefore } from '../fixtures/go-back-before.ts'

describe.each(ENGINES)('client store on $name', (engine) => {
  clientStoreContract(async () => {
    const { database, stop } = await withDatabase(engine)
    return { clients: pgClientStore(database), grants: pgClientGrantStore(database), stop }
  })
})

describe.each(ENGINES)('an upgrade on $name', (engine) => {
  // The first version's scopes, which its first client had.
  const before = ALL_SCOPES.filter((scope) => !/:client|:stats/.test(scope))

  test('an upgrade gives the new scopes to a client that had all the old ones, in any order, and to no other', async () => {
    const { database, stop } = await withDatabase(engine)
    await goBackBefore(database, '0005')
    expect(before).toHaveLength(12)
    const had = {
      [newClientId()]: [...before].reverse(),
      [newClientId()]: before.slice(1),
      [newClientId()]: [],
    }
    for (const [clientId, scope] of Object.entries(had)) {
      await database.query('insert into muster.clients values ($1, $1, $2, now())', [clientId, 'a hash'])
      await database.query("insert into muster.client_grants values ($1, 'management-api', $2)", [
        clientId,
        scope,
      ])
    }
    await migrate(database)
    const clients = pgClientStore(database)
    const scopes = Object.keys(had).map(async (clientId) => {
      const access = await clients.findAccess(clientId)
      expect(access).toMatchObject({ client: { name: clientId }, secretHash: 'a hash' })
      expect(mayUseClientCredentials(access?.client.settings ?? {})).toBe(true)
      return access?.scope
    })
    const [all = [], some, none] = await Promise.all(scopes)
    expect([...all].sort()).toEqual([...ALL_SCOPES].sort())
    expect([some, none]).toEqual([before.slice(1), []])
    const ids = (await pgClientGrantStore(database).list()).map(({ id }) => id)
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^cgr_[A-Za-z0-9]{16}$/)
    await stop()
  })
})
