import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type MultipartUpload,
  type Part,
} from '@aws-sdk/client-s3'
import type { S3Bucket } from './s3-bucket.ts'
import { isMissing } from './s3-failure.ts'
import { storeTime } from './s3-keys.ts'

/** The store keeps, and charges for, the parts of an upload until it is completed or aborted. */
export async function abortUploads(bucket: S3Bucket, prefix: string): Promise<void> {
  for await (const upload of uploadsBelow(bucket, prefix)) await abortUpload(bucket, upload)
}

export async function namesOfUploads(bucket: S3Bucket, prefix: string): Promise<readonly string[]> {
  const names: string[] = []
  for await (const { Key = '' } of uploadsBelow(bucket, prefix)) {
    const [name = ''] = Key.slice(bucket.prefix.length + prefix.length).split('/')
    names.push(name)
  }
  return names
}

/**
 * If nothing has moved in an upload for this long, its process was killed. Ages are judged by the clock of the store,
 * which wrote the timestamps.
 */
export async function abortIdleUploads(bucket: S3Bucket, prefix: string, idleSeconds: number): Promise<void> {
  let now: Date | undefined
  for await (const upload of uploadsBelow(bucket, prefix)) {
    now ??= await storeTime(bucket)
    const idleSince = now.getTime() - idleSeconds * 1000
    const isOld = (moment: Date | undefined): boolean => moment !== undefined && moment.getTime() < idleSince
    // A long upload is old, but its last part is not.
    if (isOld(upload.Initiated) && isOld(await lastPartAt(bucket, upload))) await abortUpload(bucket, upload)
  }
}

async function* uploadsBelow(bucket: S3Bucket, prefix: string): AsyncGenerator<MultipartUpload> {
  const below = { Bucket: bucket.name, Prefix: `${bucket.prefix}${prefix}` }
  for (let from = {}; ; ) {
    const page = await bucket.client.send(new ListMultipartUploadsCommand({ ...below, ...from }))
    yield* page.Uploads ?? []
    if (page.IsTruncated !== true) return
    from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
  }
}

async function abortUpload(bucket: S3Bucket, { Key, UploadId }: MultipartUpload): Promise<void> {
  await unlessMissing(() =>
    bucket.client.send(new AbortMultipartUploadCommand({ Bucket: bucket.name, Key, UploadId })),
  )
}

async function lastPartAt(bucket: S3Bucket, upload: MultipartUpload): Promise<Date | undefined> {
  let last = upload.Initiated
  await unlessMissing(async () => {
    for await (const { LastModified } of partsOf(bucket, upload))
      if (LastModified !== undefined && (last === undefined || LastModified > last)) last = LastModified
  })
  return last
}

// Not with the SDK's paginator: it goes on for ever with a store that names a next part after the last page.
async function* partsOf(
  { client, name }: S3Bucket,
  { Key, UploadId }: MultipartUpload,
): AsyncGenerator<Part> {
  const upload = { Bucket: name, Key, UploadId }
  for (let from = {}; ; ) {
    const page = await client.send(new ListPartsCommand({ ...upload, ...from }))
    yield* page.Parts ?? []
    if (page.IsTruncated !== true) return
    from = { PartNumberMarker: page.NextPartNumberMarker }
  }
}

// Another process may have ended the upload, which is no failure.
async function unlessMissing(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
