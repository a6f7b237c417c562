import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { Failure } from '../domain/failure.ts'
import type { OpenObject } from './object-store.ts'
import { at, type S3Bucket } from './s3-bucket.ts'
import { inS3, isMissing, isReplaced, s3Failure } from './s3-failure.ts'

// The SDK tries a request again, but not a body that breaks off. A slow reader's connection may be cut many times. So
// only failures without a byte between them are counted.
const TRIES_MAX = 3

/** The bytes of the object are asked for only when they are read, so that a HEAD costs no download. */
export function openInS3(bucket: S3Bucket, key: string): Promise<OpenObject | undefined> {
  return inS3(async () => {
    const head = await bucket.client
      .send(new HeadObjectCommand(at(bucket, key)))
      .catch((error: unknown) => (isMissing(error) ? undefined : Promise.reject(error)))
    if (head === undefined) return undefined
    const { ContentLength: bytes = 0, ETag: etag = '' } = head
    const closing = new AbortController()
    return {
      bytes,
      etag,
      read: (start, end) => readRange({ bucket, key, etag, signal: closing.signal }, start, end),
      close: async () => closing.abort(),
    }
  })
}

interface Reading {
  readonly bucket: S3Bucket
  readonly key: string
  readonly etag: string
  readonly signal: AbortSignal
}

async function* readRange(reading: Reading, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let from = start, tries = 0; from <= end; ) {
    try {
      for await (const chunk of await bodyOf(reading, from, end)) {
        tries = 0
        from += chunk.length
        yield chunk
      }
      if (from > end) return
      throw new Failure('object_store_unavailable', 'The S3 store has sent less than it announced.')
    } catch (error) {
      if (reading.signal.aborted || isFinal(error) || ++tries === TRIES_MAX) throw failureOf(error)
    }
  }
}

async function bodyOf(
  { bucket, key, etag, signal }: Reading,
  from: number,
  end: number,
): Promise<AsyncIterable<Uint8Array>> {
  const range = { Range: `bytes=${from}-${end}`, IfMatch: etag }
  const { Body } = await bucket.client.send(new GetObjectCommand({ ...at(bucket, key), ...range }), {
    abortSignal: signal,
  })
  // The SDK's type covers browsers too. In Node it is a stream.
  return Body as unknown as AsyncIterable<Uint8Array>
}

function isFinal(error: unknown): boolean {
  return isMissing(error) || isReplaced(error)
}

function failureOf(error: unknown): Failure {
  if (isFinal(error)) return new Failure('object_not_found', 'The file is gone.', { cause: error })
  return s3Failure(error)
}
