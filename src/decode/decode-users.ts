import { Failure } from '../domain/failure.ts'
import { DEFAULT_LIMITS, type DecodeOptions } from './decode-options.ts'
import type { Entry } from './entry.ts'
import { newHopeful } from './hopeful.ts'
import { foreignBytes, foreignText, HEAD_BYTES, MAGIC_BYTES } from './other-shape.ts'
import { plainBytes, withHead, withoutMark } from './plain-bytes.ts'
import { USERS_FORMATS } from './users-formats.ts'

// More entries per array save no time, and hold more memory.
const GROUP_MAX = 1000

/**
 * Yields the entries in the file's order, in one pass and with bounded memory. If the rest of the file cannot be read,
 * it first yields all entries before. Then it fails with `import_unreadable`, which names the line or byte. A consumer
 * that leaves early closes the source.
 */
export async function* decodeUsers(
  source: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
): AsyncGenerator<readonly Entry[]> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const decoder = USERS_FORMATS[options.format].decoder(options, limits.entryBytesMax)
  const text = options.isVerbatim === true ? buffers(source) : plainBytes(source, limits)
  let head: Buffer = Buffer.alloc(0)
  const shape = () => foreignText(head, options.format)
  const { wantsUser = false } = options
  const hopeful = newHopeful({ unreadableRunMax: limits.unreadableRunMax, shape, wantsUser })
  try {
    for await (const chunk of withoutMark(
      recognized(text, (first) => {
        if (head.length === 0) refuseForeign(first, options)
        head = first
      }),
    )) {
      yield* inGroups(hopeful.pass(decoder.decode(chunk)))
    }
    yield* inGroups(hopeful.pass(decoder.end()))
    yield* inGroups(hopeful.end())
  } catch (failure) {
    yield* inGroups(hopeful.pass(decoder.heldBack()))
    yield* inGroups(hopeful.heldBack())
    throw failure
  }
}

async function* recognized(
  text: AsyncIterable<Buffer>,
  show: (head: Buffer) => void,
): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  for await (const chunk of withHead(text, MAGIC_BYTES)) {
    if (head.length < HEAD_BYTES) {
      // A copy, since the source may reuse its chunk.
      head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)])
      show(head)
    }
    yield chunk
  }
}

// Called before any entry is read. So the message names the kind of file, and not a problem of its first line.
function refuseForeign(head: Buffer, { format, csv }: DecodeOptions): void {
  const bytes = foreignBytes(head)
  if (bytes !== undefined) throw new Failure('import_unreadable', `The users file is ${bytes}.`)
  const [first] = /[^\s\ufeff]/.exec(head.toString('utf8')) ?? []
  if (first === undefined) return
  const wanted = USERS_FORMATS[format].misbegun(first, csv)
  const shape = wanted === undefined ? undefined : foreignText(head, format)
  if (shape !== undefined) throw new Failure('import_unreadable', `${wanted} ${shape}.`)
}

async function* buffers(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of source) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

/** On an error the entries before it come first: they are users who can be stored. */
function* inGroups(entries: Iterable<Entry>): Generator<readonly Entry[]> {
  let group: Entry[] = []
  try {
    for (const entry of entries) {
      group.push(entry)
      if (group.length < GROUP_MAX) continue
      yield group
      group = []
    }
  } catch (error) {
    if (group.length > 0) yield group
    throw error
  }
  if (group.length > 0) yield group
}
