import { promisify } from 'node:util'
import { gzipSync, type ZlibOptions, gzip as zlibGzip } from 'node:zlib'

const gzip = promisify<Uint8Array, ZlibOptions, Buffer>(zlibGzip)

export interface GzipOptions {
  /** 1 (fast) to 9 (small). */
  readonly level: number
  /** Lines gathered into one member, in bytes before compression: bounds memory. */
  readonly memberBytes: number
}

// A compressed member fits into one chunk: each more is another trip to the thread pool. zlib's largest tables save a
// tenth of its time (measured, docs/adr/0009-what-a-line-costs.md) for 128 KB while a member is made.
const ROOM: ZlibOptions = { chunkSize: 256 * 1024, memLevel: 9 }

/**
 * Lines as gzip members; members behind one another are one valid .gz file (RFC 1952, 2.2). While one member
 * is compressed on another thread, the next is already being gathered.
 */
export async function* gzipMembers(
  lines: AsyncIterable<Uint8Array>,
  options: GzipOptions,
): AsyncGenerator<Uint8Array> {
  let pending: Promise<Buffer> | undefined
  try {
    for await (const block of blocks(lines, options.memberBytes)) {
      const member = gzip(block, { level: options.level, ...ROOM })
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

async function* blocks(source: AsyncIterable<Uint8Array>, bytesMin: number): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of source) {
    gathered.push(chunk)
    bytes += chunk.length
    if (bytes < bytesMin) continue
    yield Buffer.concat(gathered, bytes)
    gathered = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(gathered, bytes)
}

/** A member with nothing in it: an export of no users is still a valid .gz file. */
export function emptyMember(): Uint8Array {
  return gzipSync('')
}
