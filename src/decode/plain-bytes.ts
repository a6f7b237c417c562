import { createGunzip } from 'node:zlib'
import { Failure } from '../domain/failure.ts'

export interface InflationLimits {
  /** A file with at most this many uncompressed bytes is read at any ratio, since so few bytes do no harm. */
  readonly bytesFree: number
  /** Uncompressed bytes for each compressed byte. A larger file with a higher ratio is refused as a bomb. */
  readonly ratioMax: number
}

// The bytes of one step. Inflated they are at most 1,032 times as many, which bounds the memory between two checks.
const STEP_BYTES = 16 * 1024

const OUTPUT_CHUNK_BYTES = 64 * 1024

/**
 * Unpacks a file that begins like gzip (RFC 1952, 2.3.1), even if the request does not say so. Several gzip members are
 * one file (2.2). Fails with `import_unreadable` if the gzip is damaged or incomplete, or exceeds the limits. Before it
 * fails it yields what it could read.
 */
export async function* plainBytes(
  source: AsyncIterable<Uint8Array>,
  limits: InflationLimits,
): AsyncGenerator<Buffer> {
  let inflater: Inflater | undefined
  let isFirst = true
  try {
    for await (const chunk of withHead(source, 2)) {
      if (isFirst && chunk[0] === 0x1f && chunk[1] === 0x8b) inflater = newInflater(limits)
      isFirst = false
      if (inflater === undefined) yield chunk
      else yield* inflater.inflate(chunk)
    }
    if (inflater !== undefined) yield* inflater.end()
  } finally {
    inflater?.close()
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Some editors and spreadsheets write a byte order mark, which would become a part of the first heading. */
export async function* withoutMark(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true
  for await (const chunk of withHead(text, BYTE_ORDER_MARK.length)) {
    const isMarked = isFirst && chunk.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    yield isMarked ? chunk.subarray(BYTE_ORDER_MARK.length) : chunk
    isFirst = false
  }
}

/**
 * The first chunk has at least `bytes` bytes, unless the file ends or fails earlier: the beginning of a file must be
 * recognized, and a chunk may have one byte.
 */
export async function* withHead(source: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0)
  try {
    for await (const chunk of source) {
      const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const next: Buffer = head === undefined || head.length === 0 ? buffer : Buffer.concat([head, buffer])
      const isShort: boolean = head !== undefined && next.length < bytes
      // A copy, since the source may reuse its chunk.
      head = isShort ? Buffer.from(next) : undefined
      if (!isShort) yield next
    }
  } catch (failure) {
    if (head !== undefined && head.length > 0) yield head
    throw failure
  }
  if (head !== undefined && head.length > 0) yield head
}

interface Inflater {
  inflate(chunk: Buffer): AsyncGenerator<Buffer>
  end(): AsyncGenerator<Buffer>
  close(): void
}

function newInflater({ bytesFree, ratioMax }: InflationLimits): Inflater {
  const gunzip = createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES })
  // Collects the output itself: after an error, the stream's own buffer would be lost.
  let ready: Buffer[] = []
  gunzip.on('data', (chunk: Buffer) => ready.push(chunk))
  // Each step has its own listener. This one keeps an error between steps from ending the process; the next step gets it.
  gunzip.on('error', () => undefined)
  let [bytesIn, bytesOut] = [0, 0]
  async function* step(act: (done: () => void) => void): AsyncGenerator<Buffer> {
    const problem = await nextStep(gunzip, act)
    for (const chunk of ready) bytesOut += chunk.length
    if (bytesOut > Math.max(bytesFree, ratioMax * bytesIn)) throw bomb(bytesIn, bytesOut, ratioMax)
    yield* ready
    ready = []
    if (problem !== undefined) throw damaged(problem, bytesIn)
  }
  return {
    async *inflate(chunk) {
      for (let at = 0; at < chunk.length; at += STEP_BYTES) {
        const input = chunk.subarray(at, at + STEP_BYTES)
        bytesIn += input.length
        if (!gunzip.readableEnded) yield* step((done) => gunzip.write(input, done))
        // Zeros after the end are padding, which gzip accepts too. Other bytes could be users, and zlib ignores them.
        const taken = Math.max(0, input.length - (bytesIn - gunzip.bytesWritten))
        if (gunzip.readableEnded && input.subarray(taken).some((byte) => byte !== 0)) {
          throw damaged(new Error('something follows the end'), bytesIn)
        }
      }
    },
    end: () => step((done) => (gunzip.readableEnded ? done() : gunzip.end())),
    close: () => gunzip.destroy(),
  }
}

function nextStep(
  gunzip: ReturnType<typeof createGunzip>,
  act: (done: () => void) => void,
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const settle = (problem?: Error | null): void => {
      gunzip.off('error', settle).off('end', settle)
      resolve(problem ?? undefined)
    }
    gunzip.on('error', settle).on('end', settle)
    act(settle)
  })
}

function damaged(cause: Error, byte: number): Failure {
  const breaksOff = 'code' in cause && cause.code === 'Z_BUF_ERROR'
  const what = breaksOff
    ? `The users file is gzip that breaks off at byte ${byte}.`
    : `The users file is gzip that is damaged, at byte ${byte} or shortly before.`
  return new Failure('import_unreadable', what, { cause })
}

function bomb(bytesIn: number, bytesOut: number, ratioMax: number): Failure {
  return new Failure(
    'import_unreadable',
    `The users file is gzip whose first ${bytesIn} bytes hold more than ${bytesOut - 1}; at most ${ratioMax} times as many are taken.`,
  )
}
