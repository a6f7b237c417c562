import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { type Lent, owned } from '../../src/domain/lent.ts'
import type { S3Place } from '../../src/domain/objects-place.ts'
import { partBytes } from '../../src/objects/part-bytes.ts'
import { s3ObjectStore } from '../../src/objects/s3-object-store.ts'
import { s3PlaceIn } from '../fixtures/s3-place.ts'
import { type Fate, proxyTo } from '../fixtures/s3-proxy.ts'

const server = inject('s3')
const never = new AbortController().signal
const KEY = 'jobs/a/1/file.gz'

async function* zeros(...lengths: number[]): AsyncGenerator<Lent> {
  for (const length of lengths) yield owned(Buffer.alloc(length))
}

describe.skipIf('missing' in server)('a bucket that fails, or answers that get lost', () => {
  const place = (): S3Place => {
    if ('missing' in server) throw new Error(server.missing)
    return s3PlaceIn(server)
  }

  async function behindProxy(fateOf: (asked: { method: string; url: string }) => Fate): Promise<S3Place> {
    const sound = place()
    const proxy = await proxyTo(sound.endpoint ?? '', fateOf)
    onTestFinished(proxy.stop)
    return { ...sound, endpoint: proxy.endpoint }
  }

  test('P4 a completed upload whose answers are all lost counts as completed', async () => {
    let completions = 0
    const isCompletion = ({ method, url }: { method: string; url: string }): boolean =>
      method === 'POST' && url.includes('uploadId=')
    const at = await behindProxy((asked) => {
      if (!isCompletion(asked)) return 'pass'
      completions++
      return 'lose'
    })
    const store = s3ObjectStore(at)
    await store.put(KEY, zeros(2 * partBytes(1)), never)
    expect(completions).toBeGreaterThan(1)
    expect((await store.open(KEY))?.bytes).toBe(2 * partBytes(1))
  })

  test('P4 a small object whose answers are all lost counts as stored', async () => {
    const at = await behindProxy(({ method }) => (method === 'PUT' ? 'lose' : 'pass'))
    const store = s3ObjectStore(at)
    await store.put(KEY, zeros(5), never)
    expect((await store.open(KEY))?.bytes).toBe(5)
  })

  test('P4 a put that cannot learn whether its object is there fails, and leaves none', async () => {
    const sound = place()
    let isLosing = true
    const proxy = await proxyTo(sound.endpoint ?? '', ({ method }) =>
      isLosing && (method === 'PUT' || method === 'HEAD') ? 'lose' : 'pass',
    )
    onTestFinished(proxy.stop)
    const store = s3ObjectStore({ ...sound, endpoint: proxy.endpoint })
    await expect(store.put(KEY, zeros(5), never)).rejects.toMatchObject({
      code: 'object_store_unavailable',
      message: 'The connection to the S3 store was cut. Try again later.',
    })
    isLosing = false
    expect(await store.open(KEY)).toBeUndefined()
  })

  test('P21 a part whose answer is lost is sent again', async () => {
    let lost = 0
    const at = await behindProxy(({ url }) =>
      url.includes('partNumber=2') && lost++ === 0 ? 'lose' : 'pass',
    )
    const store = s3ObjectStore(at)
    await store.put(KEY, zeros(3 * partBytes(1)), never)
    expect(lost).toBe(2)
    expect((await store.open(KEY))?.bytes).toBe(3 * partBytes(1))
  })

  test('P21 a read continues where its connection broke, and fails if no connection brings a byte', async () => {
    let reads = 0
    let cutAfterBytes = 100_000
    const at = await behindProxy(({ method }) => {
      if (method !== 'GET') return 'pass'
      reads++
      return reads > 4 && cutAfterBytes > 0 ? 'pass' : { cutAfterBytes }
    })
    const store = s3ObjectStore(at)
    const content = Buffer.from(Array.from({ length: 600_000 }, (_, n) => n % 251))
    async function* source(): AsyncGenerator<Lent> {
      yield owned(content)
    }
    await store.put(KEY, source(), never)
    const object = await store.open(KEY)
    const chunks: Uint8Array[] = []
    for await (const chunk of object?.read(0, content.length - 1) ?? []) chunks.push(chunk)
    expect(Buffer.concat(chunks).equals(content)).toBe(true)
    expect(reads).toBe(5)
    cutAfterBytes = 0
    await expect(
      (async () => {
        for await (const _ of object?.read(0, 9) ?? []);
      })(),
    ).rejects.toMatchObject({ code: 'object_store_unavailable' })
  })

  test('a bucket that does not exist, refused credentials and a closed port are named as the reason', async () => {
    const failure = (message: string) => ({
      code: 'object_store_unavailable',
      message,
      cause: expect.any(Error),
    })
    const sound = place()
    await expect(s3ObjectStore({ ...sound, bucket: 'no-such-bucket' }).probe()).rejects.toMatchObject(
      failure('The bucket does not exist. Try again later.'),
    )
    await expect(s3ObjectStore({ ...sound, endpoint: 'http://127.0.0.1:9' }).probe()).rejects.toMatchObject(
      failure('The S3 store cannot be reached. Try again later.'),
    )
    process.env['AWS_SECRET_ACCESS_KEY'] = 'another-secret'
    await expect(s3ObjectStore(sound).probe()).rejects.toMatchObject(
      failure('The S3 store refuses the credentials. Try again later.'),
    )
    place()
  })

  test('P20 a store that accepts connections and never answers fails in time', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const patience = { connectMilliseconds: 200, silenceMilliseconds: 200 }
    const store = s3ObjectStore({ ...place(), endpoint }, patience)
    const late = {
      code: 'object_store_unavailable',
      message: 'The S3 store does not answer in time. Try again later.',
    }
    await expect(store.probe()).rejects.toMatchObject(late)
    await expect(store.put(KEY, zeros(2 * partBytes(1)), never)).rejects.toMatchObject(late)
    await expect(store.open(KEY)).rejects.toMatchObject(late)
  })
})
