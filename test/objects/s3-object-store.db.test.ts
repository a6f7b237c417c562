import { createHash, randomBytes } from 'node:crypto'
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, inject, test } from 'vitest'
import { type Lent, owned } from '../../src/domain/lent.ts'
import type { S3Place } from '../../src/domain/objects-place.ts'
import { partBytes } from '../../src/objects/part-bytes.ts'
import { s3BucketOf } from '../../src/objects/s3-bucket.ts'
import { s3ObjectStore } from '../../src/objects/s3-object-store.ts'
import { objectStoreContract } from '../contract/object-store.ts'
import { s3PlaceIn } from '../fixtures/s3-place.ts'

const server = inject('s3')
const never = new AbortController().signal
const KEY = 'jobs/a/1/file.gz'

describe.skipIf('missing' in server)('object store in a bucket', () => {
  const place = (): S3Place => {
    if ('missing' in server) throw new Error(server.missing)
    return s3PlaceIn(server)
  }

  objectStoreContract(async () => ({ store: s3ObjectStore(place()), stop: async () => undefined }))

  test.each([
    ['no byte', 0],
    ['one byte less than a part', partBytes(1) - 1],
    ['a part', partBytes(1)],
    ['one byte more than a part', partBytes(1) + 1],
    ['four parts', 4 * partBytes(1)],
    ['more parts than may be on their way at once', 5 * partBytes(1) + 5 * 1024 * 1024],
  ])('an object of %s is read back to the byte, whole and across the borders of parts', async (_, bytes) => {
    const store = s3ObjectStore(place())
    const content = randomBytes(bytes)
    await store.put(KEY, lentInPieces(content, 777_777), never)
    const object = await store.open(KEY)
    expect(object?.bytes).toBe(bytes)
    expect(digestOf(await read(object?.read(0, bytes - 1)))).toBe(digestOf(content))
    const [start, end] = [Math.max(0, partBytes(1) - 3), Math.min(bytes, partBytes(1) + 3) - 1]
    if (start <= end) expect(await read(object?.read(start, end))).toEqual(content.subarray(start, end + 1))
    await object?.close()
  })

  test('P4 a large put that fails or is aborted leaves no upload and no object', async () => {
    const at = place()
    const store = s3ObjectStore(at)
    const abort = new AbortController()
    async function* breaking(end: () => void): AsyncGenerator<Lent> {
      yield owned(Buffer.alloc(3 * partBytes(1)))
      end()
      yield owned(Buffer.alloc(1))
    }
    const broken = store.put(KEY, breaking(throwing), never)
    await expect(broken).rejects.toThrow('the source broke')
    const aborted = store.put(
      KEY,
      breaking(() => abort.abort(new Error('the lease is lost'))),
      abort.signal,
    )
    await expect(aborted).rejects.toThrow('the lease is lost')
    expect(await unfinished(at)).toEqual([])
    expect(await objects(at)).toEqual([])
  })

  test('P4 an upload that was aborted after its last byte is not completed', async () => {
    const at = place()
    const abort = new AbortController()
    async function* last(): AsyncGenerator<Lent> {
      yield owned(Buffer.alloc(2 * partBytes(1)))
      abort.abort(new Error('the lease is lost'))
    }
    await expect(s3ObjectStore(at).put(KEY, last(), abort.signal)).rejects.toThrow('the lease is lost')
    expect(await unfinished(at)).toEqual([])
    expect(await objects(at)).toEqual([])
  })

  test('P4 removing a job ends its unfinished uploads, and a worker that still sends to one fails', async () => {
    const at = place()
    const store = s3ObjectStore(at)
    async function* overtaken(): AsyncGenerator<Lent> {
      yield owned(Buffer.alloc(2 * partBytes(1)))
      yield owned(Buffer.alloc(1))
      while ((await unfinished(at)).length === 0) yield owned(Buffer.alloc(1))
      await store.removeAll('jobs/a/')
      expect(await unfinished(at)).toEqual([])
      yield owned(Buffer.alloc(3 * partBytes(1)))
    }
    await expect(store.put(KEY, overtaken(), never)).rejects.toMatchObject({
      code: 'object_store_unavailable',
    })
    expect(await objects(at)).toEqual([])
  })

  test('an upload that a killed process left is ended when no part has come for so long', async () => {
    const at = place()
    const { client } = s3BucketOf(at)
    const object = { Bucket: at.bucket, Key: `${at.prefix}${KEY}` }
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object))
    await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'half' }))
    const store = s3ObjectStore(at)
    await store.removeUnfinished(3600)
    expect(await unfinished(at)).toEqual([object.Key])
    // By the store's clock the part is older than a second from now.
    await store.removeUnfinished(-1)
    expect(await unfinished(at)).toEqual([])
    expect(await objects(at)).toEqual([])
  })

  test('P4 an upload that a killed process left is listed under its owner, and goes when the owner is removed', async () => {
    const at = place()
    const { client } = s3BucketOf(at)
    const object = { Bucket: at.bucket, Key: `${at.prefix}${KEY}` }
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object))
    await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'half' }))
    const store = s3ObjectStore(at)
    expect(await store.list('jobs/')).toEqual(['a'])
    await store.removeAll('jobs/a/')
    expect(await unfinished(at)).toEqual([])
    expect(await store.list('jobs/')).toEqual([])
  })

  test('a prefix with more objects than one answer lists is listed and removed whole', async () => {
    const at = place()
    const store = s3ObjectStore(at)
    const names = Array.from({ length: 1_010 }, (_, n) => `job_${n}`)
    for (let from = 0; from < names.length; from += 8) {
      const puts = names.slice(from, from + 8)
      await Promise.all(puts.map((name) => store.put(`jobs/${name}/1`, lentInPieces(Buffer.of(1), 1), never)))
    }
    expect([...(await store.list('jobs/'))].sort()).toEqual([...names].sort())
    await store.removeAll('jobs/')
    expect(await objects(at)).toEqual([])
  })

  test('a read fails when another object has taken the place of the open one', async () => {
    const store = s3ObjectStore(place())
    await store.put(KEY, lentInPieces(Buffer.from('first'), 5), never)
    const object = await store.open(KEY)
    await store.put(KEY, lentInPieces(Buffer.from('other'), 5), never)
    await expect(read(object?.read(0, 4))).rejects.toMatchObject({ code: 'object_not_found' })
  })

  test('an object that the store shall encrypt is written and read', async () => {
    const store = s3ObjectStore({ ...place(), encryption: { kind: 'AES256' } })
    await store.put(KEY, lentInPieces(Buffer.alloc(2 * partBytes(1), 'x'), partBytes(1)), never)
    const object = await store.open(KEY)
    expect((await read(object?.read(0, 4))).toString()).toBe('xxxxx')
    await store.probe()
  })
})

function throwing(): never {
  throw new Error('the source broke')
}

// Memory is used again, as that of a compressor is.
async function* lentInPieces(content: Buffer, bytes: number): AsyncGenerator<Lent> {
  const memory = Buffer.alloc(bytes)
  for (let from = 0; from < content.length; from += bytes) {
    const length = content.copy(memory, 0, from, from + bytes)
    yield owned(memory.subarray(0, length))
    memory.fill('?')
  }
}

async function read(source: AsyncIterable<Uint8Array> = none()): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* none(): AsyncGenerator<Uint8Array> {}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

async function unfinished(place: S3Place): Promise<(string | undefined)[]> {
  const { client } = s3BucketOf(place)
  const input = { Bucket: place.bucket, Prefix: place.prefix }
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand(input))
  return Uploads.map(({ Key }) => Key)
}

async function objects(place: S3Place): Promise<(string | undefined)[]> {
  const { client } = s3BucketOf(place)
  const input = { Bucket: place.bucket, Prefix: place.prefix }
  const { Contents = [] } = await client.send(new ListObjectsV2Command(input))
  return Contents.map(({ Key }) => Key)
}
