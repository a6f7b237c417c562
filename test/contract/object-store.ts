import { afterAll, beforeAll, expect, test } from 'vitest'
import { allOwned, type Lent, owned } from '../../src/domain/lent.ts'
import type { ObjectStore } from '../../src/objects/object-store.ts'
import { lender } from '../fixtures/lender.ts'

const never = new AbortController().signal

const chunks = (...texts: string[]): AsyncGenerator<Lent> => lender(texts).chunks

/** What any object store must do. `open` gives an empty one. */
export function objectStoreContract(
  open: () => Promise<{ store: ObjectStore; stop: () => Promise<void> }>,
): void {
  let store: ObjectStore
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ store, stop } = await open())
  })
  afterAll(() => stop())

  async function content(key: string, start = 0, end?: number): Promise<string | undefined> {
    const object = await store.open(key)
    if (object === undefined) return undefined
    let text = ''
    for await (const chunk of object.read(start, end ?? object.bytes - 1))
      text += Buffer.from(chunk).toString()
    await object.close()
    return text
  }

  test('an object is read back unchanged, whole and in parts', async () => {
    await store.put('jobs/a/1/file.gz', chunks('hello ', 'world'), never)
    expect(await content('jobs/a/1/file.gz')).toBe('hello world')
    expect(await content('jobs/a/1/file.gz', 4, 6)).toBe('o w')
    expect(await store.open('jobs/a/1/other.gz')).toBeUndefined()
  })

  test('a store releases each chunk once, before the next is asked for', async () => {
    const { chunks, releases } = lender(['he', 'll', 'o!'])
    await store.put('jobs/l/1/file.gz', chunks, never)
    expect(await content('jobs/l/1/file.gz')).toBe('hello!')
    expect(releases).toEqual([1, 1, 1])
  })

  test('a put that fails has released each chunk once', async () => {
    const abort = new AbortController()
    function* aborting(): Generator<string> {
      yield 'half'
      abort.abort()
      yield 'more'
    }
    const { chunks, releases } = lender(aborting())
    await expect(store.put('jobs/m/1/file.gz', chunks, abort.signal)).rejects.toThrow()
    expect(releases).toEqual([1, 1])
  })

  test('P4 an object is invisible until the whole object is written', async () => {
    async function* slow(): AsyncGenerator<Lent> {
      yield* allOwned([Buffer.alloc(1_000_000, 'x')])
      expect(await store.open('jobs/b/1/file.gz')).toBeUndefined()
      yield* chunks('end')
    }
    await store.put('jobs/b/1/file.gz', slow(), never)
    expect((await content('jobs/b/1/file.gz'))?.length).toBe(1_000_003)
  })

  test('P4 a put whose source fails leaves nothing, and reports the source’s error', async () => {
    async function* failing(): AsyncGenerator<Lent> {
      yield* chunks('half')
      throw new Error('the source broke')
    }
    await expect(store.put('jobs/c/1/file.gz', failing(), never)).rejects.toThrow('the source broke')
    expect(await store.open('jobs/c/1/file.gz')).toBeUndefined()
  })

  test('P4 a put that is aborted leaves nothing', async () => {
    const abort = new AbortController()
    async function* aborting(): AsyncGenerator<Lent> {
      yield* chunks('half')
      abort.abort()
      yield* chunks('more')
    }
    await expect(store.put('jobs/d/1/file.gz', aborting(), abort.signal)).rejects.toThrow()
    expect(await store.open('jobs/d/1/file.gz')).toBeUndefined()
  })

  test('a read that has begun continues although the object is removed', async () => {
    const bytes = 1_000_000
    await store.put('jobs/e/1/file.gz', chunks('x'.repeat(bytes)), never)
    const object = await store.open('jobs/e/1/file.gz')
    let length = 0
    for await (const chunk of object?.read(0, bytes - 1) ?? []) {
      if (length === 0) {
        await store.removeAll('jobs/e/')
        expect(await store.open('jobs/e/1/file.gz')).toBeUndefined()
      }
      length += chunk.length
    }
    await object?.close()
    expect(length).toBe(bytes)
  })

  test('a read that begins after the removal gives the whole object or fails with object_not_found', async () => {
    await store.put('jobs/k/1/file.gz', chunks('still here'), never)
    const object = await store.open('jobs/k/1/file.gz')
    await store.removeAll('jobs/k/')
    let text = ''
    try {
      for await (const chunk of object?.read(0, 9) ?? []) text += Buffer.from(chunk).toString()
      expect(text).toBe('still here')
    } catch (error) {
      expect(error).toMatchObject({ code: 'object_not_found' })
      expect(text).toBe('')
    }
    await object?.close()
  })

  test('a removal takes exactly what is below the prefix, and may be done twice', async () => {
    await store.put('jobs/f/1/one.gz', chunks('1'), never)
    await store.put('jobs/f/2/two.gz', chunks('2'), never)
    await store.put('jobs/ff/1/three.gz', chunks('3'), never)
    await store.removeAll('jobs/f/')
    await store.removeAll('jobs/f/')
    expect(await content('jobs/f/1/one.gz')).toBeUndefined()
    expect(await content('jobs/f/2/two.gz')).toBeUndefined()
    expect(await content('jobs/ff/1/three.gz')).toBe('3')
  })

  test('removals of one prefix and probes succeed, even if others do the same at the same time', async () => {
    const all = (work: () => Promise<void>) => Promise.all(Array.from({ length: 8 }, () => work()))
    for (let round = 0; round < 5; round++) {
      for (const name of ['a', 'b']) await store.put(`jobs/x/1/${name}`, chunks('x'), never)
      await all(() => store.removeAll('jobs/x/'))
      expect(await store.list('jobs/x/')).toEqual([])
      await all(() => store.probe())
    }
  })

  test('an object with other content has another etag', async () => {
    await store.put('jobs/g/1/file.gz', chunks('1'), never)
    await store.put('jobs/g/2/file.gz', chunks('22'), never)
    const [one, two] = [await store.open('jobs/g/1/file.gz'), await store.open('jobs/g/2/file.gz')]
    await one?.close()
    await two?.close()
    expect(one?.etag).toMatch(/^"[^"]+"$/)
    expect(one?.etag).not.toBe(two?.etag)
  })

  test('a key that would lead out of the store is refused', async () => {
    for (const key of ['../x', 'a/../../x', '/etc/passwd', 'a//b', 'a/./b', '']) {
      await expect(store.put(key, chunks('x'), never), key).rejects.toThrow()
      await expect(store.open(key), key).rejects.toThrow()
    }
  })

  test('a listing has the names below a prefix in order, and may be empty', async () => {
    await store.put('listed/h/1/file.gz', chunks('1'), never)
    await store.put('listed/h/2/file.gz', chunks('1'), never)
    await store.put('listed/i/1/file.gz', chunks('1'), never)
    expect([...(await store.list('listed/'))].sort()).toEqual(['h', 'i'])
    expect(await store.list('none/')).toEqual([])
  })

  test('P4 removeUnfinished removes no object that is being written', async () => {
    async function* slow(): AsyncGenerator<Lent> {
      yield owned(Buffer.alloc(20_000_000, 'x'))
      await store.removeUnfinished(60)
      yield owned(Buffer.from('end'))
    }
    await store.put('jobs/m/1/file.gz', slow(), never)
    expect((await content('jobs/m/1/file.gz'))?.length).toBe(20_000_003)
  })

  test('a probe of a working store leaves nothing behind', async () => {
    await store.probe()
    expect(await store.list('probes/')).toEqual([])
  })
}
