import { abortableWithin } from '../domain/abort.ts'
import { Failure } from '../domain/failure.ts'
import type { Lent } from '../domain/lent.ts'
import { PARTS_MAX } from './part-bytes.ts'
import type { S3Bucket } from './s3-bucket.ts'
import { fillPart, newBlocks, type Part, type PartFiller } from './s3-parts.ts'
import { newUpload, type Upload } from './s3-upload.ts'

/**
 * One request if the source fits into the first part, else an upload in parts. The store shows an upload only once it
 * is completed. The signal does not cut short the completion, because the caller must learn whether it happened.
 */
export async function putInS3(
  bucket: S3Bucket,
  key: string,
  source: AsyncIterable<Lent>,
  signal: AbortSignal,
): Promise<void> {
  const sending = abortableWithin(signal)
  const upload = newUpload(bucket, key, sending.signal)
  const parts = newParts(upload)
  try {
    for await (const { bytes, release } of source) {
      try {
        signal.throwIfAborted()
        await parts.add(bytes)
      } finally {
        release()
      }
    }
    await parts.end(signal)
  } catch (error) {
    sending.abort(error)
    // A part that arrives after the end of its upload would stay in the store.
    await parts.settled().catch(() => undefined)
    await upload.discard()
    // The caller needs the reason of its stop, not the error of the request that was cut short for it.
    signal.throwIfAborted()
    throw error
  } finally {
    sending.release()
  }
}

interface Parts {
  /** The chunk has been copied when this resolves, so the caller may release it. */
  add(chunk: Uint8Array): Promise<void>
  end(signal: AbortSignal): Promise<void>
  settled(): Promise<void>
}

function newParts(upload: Upload): Parts {
  const blocks = newBlocks()
  const send = (part: Part): void => blocks.lend(part.block, upload.send(part))
  let number = 0
  let part: PartFiller | undefined
  const next = async (): Promise<PartFiller> => {
    if (++number > PARTS_MAX)
      throw new Failure('object_store_unavailable', 'The file is larger than an S3 store takes: 5 TiB.')
    return fillPart(number, await blocks.take(number))
  }
  return {
    add: async (chunk) => {
      part ??= await next()
      for (let from = 0; from < chunk.length; from += part.fill(chunk, from)) {
        if (!part.isFull()) continue
        // A full part is sent only when more bytes come. Otherwise a file that ends there would get an empty part.
        send(part.end())
        part = await next()
      }
    },
    end: async (signal) => {
      part ??= await next()
      if (number > 1) send(part.end())
      await blocks.settled()
      signal.throwIfAborted()
      await (number > 1 ? upload.complete() : upload.putWhole(part.end()))
    },
    settled: blocks.settled,
  }
}
