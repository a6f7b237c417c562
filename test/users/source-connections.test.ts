import { expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import { CONNECTION_ID_PATTERN, sourceConnectionId } from '../../src/domain/ids.ts'
import type { Source, SourceState } from '../../src/relations/source.ts'
import type { ConnectionStore } from '../../src/users/connection-store.ts'
import { withSourceConnections, writable } from '../../src/users/source-connections.ts'

const own: Connection = { id: 'con_0000000000000001', name: 'Users', strategy: 'auth0', options: {} }

function sourceIn(state: SourceState): Source {
  const name = 'customers'
  const users = () => Promise.reject(new Error('not asked for'))
  return {
    name,
    connectionId: sourceConnectionId(name),
    users,
    state: async () => state,
    failureOf: (error) => error,
  }
}

const down: SourceState = { kind: 'unavailable', problem: 'The database refuses connections.' }

function storeWith(state: SourceState) {
  const calls: string[] = []
  const stored: ConnectionStore = {
    list: async () => [own],
    find: async (id) => (id === own.id ? own : undefined),
    findByName: async (name) => (name === own.name ? own : undefined),
    add: async ({ name }) => calls.push(`add ${name}`) > 0,
    setOptions: async (id, options) => {
      calls.push(`set ${id}`)
      return { ...own, options }
    },
    remove: async (id) => calls.push(`remove ${id}`) > 0,
  }
  return { store: withSourceConnections(stored, [sourceIn(state)]), calls }
}

const id = sourceConnectionId('customers')

test('a source is a custom database connection with its state, after the stored connections', async () => {
  const { store } = storeWith(down)
  const shown = {
    id,
    name: 'customers',
    strategy: 'auth0',
    options: {
      enabledDatabaseCustomization: true,
      source: { state: 'unavailable', problem: 'The database refuses connections.' },
    },
    isSource: true,
  }
  expect(await store.list()).toEqual([own, shown])
  expect(await store.find(id)).toEqual(shown)
  expect(await store.findByName('customers')).toEqual(shown)
  expect(await store.find(own.id)).toEqual(own)
})

test('the id of a source has the form of all ids, and depends on the name alone', () => {
  expect(id).toMatch(new RegExp(CONNECTION_ID_PATTERN))
  expect(sourceConnectionId('customers')).toBe(id)
  expect(sourceConnectionId('customer')).not.toBe(id)
})

test('a source cannot be added again, changed or removed, and stored connections can', async () => {
  const { store, calls } = storeWith(down)
  expect(await store.add({ ...own, name: 'customers' })).toBe(false)
  await expect(store.setOptions(id, {})).rejects.toMatchObject({ code: 'operation_unsupported' })
  await expect(store.remove(id)).rejects.toMatchObject({ code: 'operation_unsupported' })
  expect(calls).toEqual([])
  await store.add({ ...own, name: 'Other' })
  await store.setOptions(own.id, {})
  await store.remove(own.id)
  expect(calls).toEqual(['add Other', `set ${own.id}`, `remove ${own.id}`])
})

test('users of a source cannot be written', async () => {
  const source = await storeWith(down).store.find(id)
  expect(() => writable(source as Connection)).toThrow('Muster only reads them')
  expect(writable(own)).toBe(own)
})
