import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SecretStore } from '../../src/tokens/secret-store.ts'

interface OpenSecretStores {
  /** Stores of several machines of one deployment. */
  readonly stores: readonly [SecretStore, SecretStore, ...SecretStore[]]
  readonly stop: () => Promise<void>
}

/** What any store of secrets must do. `open` gives an empty one. */
export function secretStoreContract(open: () => Promise<OpenSecretStores>): void {
  let opened: OpenSecretStores
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.stop())

  test('a secret is made once, and a later machine gets the same secret', async () => {
    const [first, second] = opened.stores
    const secret = { key: 'a"b\\', numbers: [1, 2.5], nothing: null }
    expect(await first.getOrMake('once', async () => secret)).toEqual(secret)
    expect(await second.getOrMake('once', async () => expect.fail('made twice'))).toEqual(secret)
  })

  test('machines that ask at the same time get the same secret', async () => {
    const asked = opened.stores.map((store, index) => store.getOrMake('at once', async () => index))
    expect(new Set(await Promise.all(asked)).size).toBe(1)
  })

  test('secrets of different names are different', async () => {
    const [store] = opened.stores
    await store.getOrMake('one', async () => 1)
    expect(await store.getOrMake('two', async () => 2)).toBe(2)
  })

  test('a secret whose making failed is made for the next caller', async () => {
    const [store] = opened.stores
    const broken = store.getOrMake('late', () => Promise.reject(new Error('broken on purpose')))
    await expect(broken).rejects.toThrow('broken on purpose')
    expect(await store.getOrMake('late', async () => 'made')).toBe('made')
  })

  test('changes of one secret at the same time are made one after another', async () => {
    const { stores } = opened
    await stores[0].getOrMake('changing', async () => [] as number[])
    const add = (index: number) => (present: unknown) => [...(present as number[]), index]
    await Promise.all(stores.map((store, index) => store.change('changing', add(index))))
    const made = (await stores[0].getOrMake('changing', async () => expect.fail('made twice'))) as number[]
    expect(made.sort()).toEqual(stores.map((_, index) => index))
  })
}
