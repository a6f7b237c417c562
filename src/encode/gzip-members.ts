import { promisify } from 'node:util'
import { gzipSync, type ZlibOptions, gzip as zlibGzip } from 'node:zlib'

const gzip = promisify<Uint8Array, ZlibOptions, Buffer>(zlibGzip)

export interface GzipOptions {
  /** 1 (fast) to 9 (small). */
  readonly level: number
  /** Lines gathered into one member, in bytes before compression: bounds memory. */
  readonly memberBytes: number
}

/**
 * Makes an encoder of lines into gzip members; members behind one another are one valid .gz file (RFC 1952, 2.2).
 * While one member is compressed on another thread, the next is already being gathered. A chunk of lines is copied
 * before the next is asked for.
 */
export function gzipEncoder(
  options: GzipOptions,
): (lines: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array> {
  const { level, memberBytes } = options
  // Blocks are used again: the garbage collector runs after so many bytes, however short they were needed.
  const free: Uint8Array[] = []
  // A compressed member fits into one chunk: each more is another trip to the thread pool. zlib's largest tables
  // save a tenth of its time (measured, docs/adr/0009-what-a-line-costs.md) for 128 KB while a member is made.
  const settings = { level, memLevel: 9, chunkSize: Math.max(1024, memberBytes / 2) }
  async function compressed({ block, bytes }: Filled): Promise<Buffer> {
    const member = await gzip(block.subarray(0, bytes), settings)
    free.push(block)
    return member
  }
  return async function* (lines) {
    let pending: Promise<Buffer> | undefined
    try {
      for await (const filled of filledBlocks(lines, () => free.pop() ?? new Uint8Array(memberBytes))) {
        const member = compressed(filled)
        // Awaited one block later: a failure meanwhile must not count as unhandled.
        member.catch(() => undefined)
        if (pending !== undefined) yield await pending
        pending = member
      }
      if (pending !== undefined) yield await pending
    } finally {
      await pending?.catch(() => undefined)
    }
  }
}

interface Filled {
  readonly block: Uint8Array
  readonly bytes: number
}

/** Whoever takes a block keeps it. */
async function* filledBlocks(
  source: AsyncIterable<Uint8Array>,
  newBlock: () => Uint8Array,
): AsyncGenerator<Filled> {
  let block = newBlock()
  let bytes = 0
  for await (const chunk of source) {
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + block.length - bytes)
      block.set(part, bytes)
      bytes += part.length
      from += part.length
      if (bytes < block.length) continue
      yield { block, bytes }
      block = newBlock()
      bytes = 0
    }
  }
  if (bytes > 0) yield { block, bytes }
}

/** A member with nothing in it: an export of no users is still a valid .gz file. */
export function emptyMember(): Uint8Array {
  return gzipSync('')
}
