import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newClientGrantId, newClientId } from '../../src/domain/ids.ts'
import type { Client, ClientGrantStore, ClientStore } from '../../src/tokens/client-store.ts'

interface Stores {
  readonly clients: ClientStore
  readonly grants: ClientGrantStore
}

/** What any pair of stores for clients and their grants must do. `open` gives an empty one. */
export function clientStoreContract(open: () => Promise<Stores & { stop: () => Promise<void> }>): void {
  let clients: ClientStore
  let grants: ClientGrantStore
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ clients, grants, stop } = await open())
  })
  afterAll(() => stop())
  beforeEach(async () => {
    for (const { clientId } of await clients.list()) await clients.remove(clientId)
  })

  async function added(name: string): Promise<Client> {
    const client = newClient(name)
    await clients.add(client, `hash of ${name}`)
    return client
  }
  const granted = (clientId: string, ...scope: string[]) => ({ id: newClientGrantId(), clientId, scope })

  test('a client is found as added, with the hash of its secret kept apart', async () => {
    expect(await clients.isEmpty()).toBe(true)
    const client = await added('A')
    expect(await clients.isEmpty()).toBe(false)
    expect(await clients.find(client.clientId)).toEqual(client)
    expect(await clients.findAccess(client.clientId)).toEqual({
      client,
      secretHash: 'hash of A',
      scope: undefined,
    })
    expect(await clients.find('unknown')).toBeUndefined()
    expect(await clients.findAccess('unknown')).toBeUndefined()
  })

  test('clients and grants are listed in the order in which they were made', async () => {
    const made: string[] = []
    for (const name of ['b', 'a', 'c']) {
      const { clientId } = await added(name)
      const grant = granted(clientId)
      await grants.add(grant)
      made.push(grant.id)
    }
    expect((await clients.list()).map(({ name }) => name)).toEqual(['b', 'a', 'c'])
    expect((await grants.list()).map(({ id }) => id)).toEqual(made)
  })

  test('only one of several machines that start on an empty database makes the first client', async () => {
    const starts = Array.from({ length: 4 }, (_, n) => ({
      client: newClient(`start ${n}`),
      secretHash: `hash ${n}`,
      scope: ['read:users'],
    }))
    const added = await Promise.all(starts.map((access) => clients.addFirst(access)))
    expect(added.filter((isAdded) => isAdded)).toHaveLength(1)
    expect(await clients.list()).toEqual([starts[added.indexOf(true)]?.client])
    expect(await clients.findAccess(starts[added.indexOf(true)]?.client.clientId ?? '')).toEqual(
      starts[added.indexOf(true)],
    )
  })

  test('concurrent changes of a client are all kept', async () => {
    const { clientId } = await added('A')
    await Promise.all(
      [1, 2, 3, 4].map((n) =>
        clients.change(clientId, (present) => ({
          client: { ...present, settings: { ...present.settings, [`n${n}`]: n } },
        })),
      ),
    )
    expect((await clients.find(clientId))?.settings).toEqual({ app_type: 'spa', n1: 1, n2: 2, n3: 3, n4: 4 })
    expect((await clients.findAccess(clientId))?.secretHash).toBe('hash of A')
  })

  test('a changed client is returned as changed, and its new secret’s hash is stored', async () => {
    const { clientId } = await added('A')
    const changed = await clients.change(clientId, (present) => ({
      client: { ...present, name: 'B', updatedAt: new Date('2026-01-02T00:00:00Z') },
      secretHash: 'another',
    }))
    expect(changed).toMatchObject({ name: 'B' })
    expect(await clients.findAccess(clientId)).toMatchObject({ client: changed, secretHash: 'another' })
    expect(await clients.change('unknown', (client) => ({ client }))).toBeUndefined()
  })

  test('a client has one grant even after two concurrent grants, and a grant needs a client', async () => {
    const { clientId } = await added('A')
    const answers = await Promise.all([1, 2, 3].map(() => grants.add(granted(clientId, 'read:users'))))
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'granted_before')).toHaveLength(2)
    expect((await clients.findAccess(clientId))?.scope).toEqual(['read:users'])
    expect(await grants.add(granted('unknown'))).toBe('client_unknown')
    expect(await grants.list()).toHaveLength(1)
  })

  test('a grant is found, changed and removed by its id, and an unknown id changes nothing', async () => {
    const { clientId } = await added('A')
    const grant = granted(clientId, 'read:users')
    await grants.add(grant)
    expect(await grants.find(grant.id)).toEqual(grant)
    expect(await grants.setScope(grant.id, [])).toEqual({ ...grant, scope: [] })
    expect((await clients.findAccess(clientId))?.scope).toEqual([])
    await grants.remove(grant.id)
    await grants.remove(grant.id)
    expect(await grants.find(grant.id)).toBeUndefined()
    expect(await grants.setScope(grant.id, [])).toBeUndefined()
    expect((await clients.findAccess(clientId))?.scope).toBeUndefined()
  })

  test('a removed client loses its grant too', async () => {
    const { clientId } = await added('A')
    await grants.add(granted(clientId))
    await clients.remove(clientId)
    await clients.remove(clientId)
    expect(await grants.list()).toEqual([])
    expect(await clients.isEmpty()).toBe(true)
  })

  test('a client that is put twice has the last secret and scopes, the settings of both, and its first name', async () => {
    const client = newClient('A')
    await clients.put({ client, secretHash: 'one', scope: ['read:users'] })
    const again = { ...client, name: 'B', settings: { grant_types: ['client_credentials'] } }
    await clients.put({ client: again, secretHash: 'two', scope: ['create:users'] })
    const settings = { app_type: 'spa', grant_types: ['client_credentials'] }
    expect(await clients.findAccess(client.clientId)).toEqual({
      client: { ...client, settings },
      secretHash: 'two',
      scope: ['create:users'],
    })
    expect(await grants.list()).toHaveLength(1)
  })
}

function newClient(name: string): Client {
  const now = new Date('2026-01-01T00:00:00.123Z')
  return { clientId: newClientId(), name, settings: { app_type: 'spa' }, createdAt: now, updatedAt: now }
}
