import { Failure } from '../domain/failure.ts'
import { csvDecoder } from './csv-decoder.ts'
import { DEFAULT_LIMITS, type DecodeOptions } from './decode-options.ts'
import type { Decoder } from './decoder.ts'
import type { Entry } from './entry.ts'
import { arrayDecoder, ndjsonDecoder } from './json-decoder.ts'
import { plainBytes, withoutMark } from './plain-bytes.ts'

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
  const hopeful = hopefully(limits.unreadableRunMax)
  try {
    for await (const chunk of withoutMark(text)) {
      yield* inGroups(hopeful(decoder.decode(chunk)))
    }
    yield* inGroups(hopeful(decoder.end()))
  } catch (failure) {
    yield* inGroups(decoder.heldBack())
    throw failure
  }
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

/** Passes entries on, and fails behind so many unreadable ones in a row. */
function hopefully(runMax: number): (entries: Iterable<Entry>) => Generator<Entry> {
  let run = 0
  return function* (entries) {
    for (const entry of entries) {
      yield entry
      run = entry.kind === 'user' ? 0 : run + 1
      if (run >= runMax) throw hopeless(entry.line, run)
    }
  }
}

/** The same in arrays. When no further entry can be had, those before it are given out first. */
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

function hopeless(line: number, run: number): Failure {
  return new Failure(
    'import_unreadable',
    `The users file cannot be read: the last ${run} entries up to line ${line} are no users. Is it of another format?`,
  )
}
