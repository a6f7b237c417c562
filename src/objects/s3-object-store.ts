import { checkedKey } from '../domain/object-key.ts'
import type { S3Place } from '../domain/objects-place.ts'
import type { ObjectStore } from './object-store.ts'
import { type S3Bucket, type S3Patience, s3BucketOf } from './s3-bucket.ts'
import { inS3 } from './s3-failure.ts'
import { namesBelow, probe, removeBelow } from './s3-keys.ts'
import { putInS3 } from './s3-put.ts'
import { openInS3 } from './s3-read.ts'
import { abortIdleUploads, abortUploads, namesOfUploads } from './s3-uploads.ts'

/** Any number of processes and threads may share the bucket, since nothing is remembered here. */
export function s3ObjectStore(place: S3Place, patience?: S3Patience): ObjectStore {
  const bucket = s3BucketOf(place, patience)
  return {
    put: async (key, source, signal) => putInS3(bucket, checkedKey(key), source, signal),
    open: async (key) => openInS3(bucket, checkedKey(key)),
    removeAll: (prefix) => inS3(() => removeAll(bucket, prefix)),
    list: (prefix) => inS3(() => list(bucket, prefix)),
    probe: () => inS3(() => probe(bucket)),
    removeUnfinished: (idleSeconds) => inS3(() => abortIdleUploads(bucket, '', idleSeconds)),
  }
}

// A killed process leaves an upload, which is no object. The sweeper must find it too: it may hold password hashes.
async function list(bucket: S3Bucket, prefix: string): Promise<readonly string[]> {
  const names = [...(await namesBelow(bucket, prefix)), ...(await namesOfUploads(bucket, prefix))]
  return [...new Set(names)]
}

async function removeAll(bucket: S3Bucket, prefix: string): Promise<void> {
  checkedKey(prefix.slice(0, -1))
  // Uploads go first, since they could still become objects.
  await abortUploads(bucket, prefix)
  await removeBelow(bucket, prefix)
}
