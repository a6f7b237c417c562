import { Failure } from '../domain/failure.ts'
import { csvDecoder } from './csv-decoder.ts'
import { DEFAULT_LIMITS, type DecodeOptions } from './decode-options.ts'
import type { Decoder } from './decoder.ts'
import type { Entry } from './entry.ts'
import { newHopeful } from './hopeful.ts'
import { arrayDecoder, ndjsonDecoder } from './json-decoder.ts'
import { foreignBytes, foreignText, HEAD_BYTES, MAGIC_BYTES } from './other-shape.ts'
import { plainBytes, withHead, withoutMark } from './plain-bytes.ts'

// Entries in one array: more save nothing, and each is held until its array is given out.
const GROUP_MAX = 1000

/**
 * Entries in the file's order, an array at a time, in one pass and flat memory. Fails with `import_unreadable`,
 * which names the line or byte, when nothing behind that can be read; all before it has been given out. A
 * consumer that leaves early closes the source.
 */
export async function* decodeUsers(
  source: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
): AsyncGenerator<readonly Entry[]> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const decoder = decoderOf(options, limits.entryBytesMax)
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

/** The same bytes; those at the beginning, as far as they have come, are shown before they go on. */
async function* recognized(
  text: AsyncIterable<Buffer>,
  show: (head: Buffer) => void,
): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  for await (const chunk of withHead(text, MAGIC_BYTES)) {
    if (head.length < HEAD_BYTES) {
      // Copied, since the source may use its chunk again.
      head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)])
      show(head)
    }
    yield chunk
  }
}

// What can have no user in it is refused before anything is read as one.
function refuseForeign(head: Buffer, { format, csv }: DecodeOptions): void {
  const bytes = foreignBytes(head)
  if (bytes !== undefined) throw new Failure('import_unreadable', `The users file is ${bytes}.`)
  const [first] = /[^\s\ufeff]/.exec(head.toString('utf8')) ?? []
  if (first === undefined) return
  // A header begins with none of these; a record may.
  const isHeader = format === 'csv' && csv?.columns === undefined
  const isOther = format === 'json' ? first !== '[' : isHeader && /[[{<]/.test(first)
  const shape = isOther ? foreignText(head, format) : undefined
  if (shape === undefined) return
  const wanted =
    format === 'json'
      ? 'The users file must be a JSON array of users. It looks like'
      : 'The users file is to be CSV, and looks like'
  throw new Failure('import_unreadable', `${wanted} ${shape}.`)
}

async function* buffers(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of source) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

function decoderOf({ format, csv = {}, isVerbatim }: DecodeOptions, entryBytesMax: number): Decoder {
  switch (format) {
    case 'ndjson':
      return ndjsonDecoder(entryBytesMax)
    case 'json':
      return arrayDecoder(entryBytesMax, isVerbatim)
    case 'csv':
      return csvDecoder(csv, entryBytesMax)
  }
}

/** Entries in arrays. When no further entry can be had, those before it are given out first. */
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
