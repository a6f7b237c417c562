import { randomUUID } from 'node:crypto'
import {
  DeleteObjectsCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import { Failure } from '../domain/failure.ts'
import { probePrefix } from '../domain/object-key.ts'
import { at, type S3Bucket } from './s3-bucket.ts'

export async function namesBelow(bucket: S3Bucket, prefix: string): Promise<readonly string[]> {
  const below = `${bucket.prefix}${prefix}`
  const input = { Bucket: bucket.name, Prefix: below, Delimiter: '/' }
  const names: string[] = []
  for await (const { CommonPrefixes = [], Contents = [] } of paginateListObjectsV2(bucket, input)) {
    for (const { Prefix = '' } of CommonPrefixes) names.push(Prefix.slice(below.length, -1))
    for (const { Key = '' } of Contents) names.push(Key.slice(below.length))
  }
  // Some consoles keep an empty object under the prefix itself.
  return names.filter((name) => name !== '')
}

export async function removeBelow(bucket: S3Bucket, prefix: string): Promise<void> {
  const input = { Bucket: bucket.name, Prefix: `${bucket.prefix}${prefix}` }
  // A page has at most 1,000 keys, which is also as many as one request removes.
  for await (const { Contents = [] } of paginateListObjectsV2(bucket, input))
    await remove(
      bucket,
      Contents.map(({ Key = '' }) => Key),
    )
}

export function removeKey(bucket: S3Bucket, key: string): Promise<void> {
  return remove(bucket, [`${bucket.prefix}${key}`])
}

/** Writes, because a bucket that can be read may still refuse to be written. Fails as the next write would. */
export async function probe(bucket: S3Bucket): Promise<void> {
  const key = newProbeKey()
  await writeByte(bucket, key)
  await removeKey(bucket, key)
}

/** The API has no request for the time. So an object is written, whose timestamp the store's own clock makes. */
export async function storeTime(bucket: S3Bucket): Promise<Date> {
  const key = newProbeKey()
  await writeByte(bucket, key)
  const { LastModified } = await bucket.client.send(new HeadObjectCommand(at(bucket, key)))
  await removeKey(bucket, key)
  if (LastModified !== undefined) return LastModified
  throw new Failure('object_store_unavailable', 'The S3 store does not say when an object was written.')
}

// A key of its own: Ceph fails to remove an object that another process writes or removes at the same time.
function newProbeKey(): string {
  return `${probePrefix(randomUUID())}byte`
}

async function writeByte(bucket: S3Bucket, key: string): Promise<void> {
  await bucket.client.send(new PutObjectCommand({ ...at(bucket, key), Body: '.', ...bucket.encryption }))
}

async function remove(bucket: S3Bucket, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  const Objects = keys.map((Key) => ({ Key }))
  const { Errors = [] } = await bucket.client.send(
    new DeleteObjectsCommand({ Bucket: bucket.name, Delete: { Objects, Quiet: true } }),
  )
  const [first] = Errors
  if (first === undefined) return
  throw new Failure(
    'object_store_unavailable',
    `The S3 store has not removed ${Errors.length} of ${keys.length} objects (${first.Code ?? 'no code'}). Try again later.`,
  )
}
