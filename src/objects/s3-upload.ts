import { randomUUID } from 'node:crypto'
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { inTime } from '../domain/in-time.ts'
import { at, type S3Bucket } from './s3-bucket.ts'
import { inS3 } from './s3-failure.ts'
import { removeKey } from './s3-keys.ts'
import type { Part } from './s3-parts.ts'
import { abortUploads } from './s3-uploads.ts'

// Stored with the object: the id of the put that made it. It shows whether a put whose answer was lost has succeeded.
const PUT_ID = 'muster-put'

// A store that does not answer must not hold up a worker that has failed already.
const DISCARD_SECONDS = 10

export interface Upload {
  send(part: Part): Promise<void>
  complete(): Promise<void>
  putWhole(part: Part): Promise<void>
  /** What the store does not remove now is removed with the job, or by the sweeper. */
  discard(): Promise<void>
}

/** The signal cuts short no request that makes the object visible: its outcome would then be unknown. */
export function newUpload(bucket: S3Bucket, key: string, signal: AbortSignal): Upload {
  const { client, encryption } = bucket
  const object = at(bucket, key)
  const putId = randomUUID()
  const stamp = { Metadata: { [PUT_ID]: putId }, ...encryption }
  const sent: CompletedPart[] = []
  let uploadId: Promise<string | undefined> | undefined
  let mayBeVisible = false
  const begin = async (): Promise<string | undefined> => {
    const command = new CreateMultipartUploadCommand({ ...object, ...stamp })
    return (await client.send(command, { abortSignal: signal })).UploadId
  }
  const isVisible = async (): Promise<boolean> => {
    const { Metadata } = await client.send(new HeadObjectCommand(object))
    return Metadata?.[PUT_ID] === putId
  }
  // If an answer is lost, the SDK's next try may fail although the first has made the object.
  const show = (send: () => Promise<unknown>): Promise<void> =>
    inS3(async () => {
      mayBeVisible = true
      try {
        await send()
      } catch (error) {
        if (!(await isVisible().catch(() => false))) throw error
      }
    })
  return {
    send: (part) =>
      inS3(async () => {
        uploadId ??= begin()
        const place = { ...object, UploadId: await uploadId, PartNumber: part.number }
        const command = new UploadPartCommand({ ...place, ...bodyOf(part) })
        const { ETag } = await client.send(command, { abortSignal: signal })
        sent.push({ PartNumber: part.number, ETag: ETag || `"${part.digest.toString('hex')}"` })
      }),
    complete: () =>
      show(async () => {
        const finished = { UploadId: await uploadId, MultipartUpload: { Parts: inOrder(sent) } }
        await client.send(new CompleteMultipartUploadCommand({ ...object, ...finished }))
      }),
    putWhole: (part) =>
      show(() => client.send(new PutObjectCommand({ ...object, ...stamp, ...bodyOf(part) }))),
    discard: () => {
      const work = async (): Promise<void> => {
        // The upload is found by its key, since the answer that gave its id may have been lost.
        if (uploadId !== undefined) await abortUploads(bucket, key)
        if (mayBeVisible) await removeKey(bucket, key)
      }
      // The caller has failed already and reports that failure, so a failure of this work is dropped.
      const dropped = work().catch(() => undefined)
      return inTime(dropped, DISCARD_SECONDS, () => undefined)
    },
  }
}

function bodyOf({ block, bytes, digest }: Part): { Body: Buffer; ContentMD5: string } {
  return { Body: block.subarray(0, bytes), ContentMD5: digest.toString('base64') }
}

function inOrder(parts: readonly CompletedPart[]): CompletedPart[] {
  return parts.toSorted((one, other) => (one.PartNumber ?? 0) - (other.PartNumber ?? 0))
}
