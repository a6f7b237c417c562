import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ConnectionStore } from '../../src/users/connection-store.ts'
import { newConnection } from '../fixtures/users.ts'

/** What any connection store must do. `open` gives an empty one. */
export function connectionStoreContract(
  open: () => Promise<{ store: ConnectionStore; stop: () => Promise<void> }>,
): void {
  let store: ConnectionStore
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ store, stop } = await open())
  })
  afterAll(() => stop())
  beforeEach(async () => {
    for (const { id } of await store.list()) await store.remove(id)
  })

  test('a connection is found by id and by name as added', async () => {
    const connection = newConnection('Users')
    expect(await store.add(connection)).toBe(true)
    expect(await store.find(connection.id)).toEqual(connection)
    expect(await store.findByName('Users')).toEqual(connection)
    expect(await store.find('con_0000000000000000')).toBeUndefined()
    expect(await store.findByName('users')).toBeUndefined()
  })

  test('a connection’s name is used once, even in two concurrent requests', async () => {
    const added = await Promise.all([1, 2, 3].map(() => store.add(newConnection('Users'))))
    expect(added.filter(Boolean)).toHaveLength(1)
    expect(await store.list()).toHaveLength(1)
  })

  test('connections are listed in the order in which they were made', async () => {
    for (const name of ['b', 'a', 'c']) await store.add(newConnection(name))
    expect((await store.list()).map(({ name }) => name)).toEqual(['b', 'a', 'c'])
  })

  test('a connection is removed only once', async () => {
    const connection = newConnection('Users')
    await store.add(connection)
    expect(await store.remove(connection.id)).toBe(true)
    expect(await store.remove(connection.id)).toBe(false)
    expect(await store.list()).toEqual([])
  })
}
