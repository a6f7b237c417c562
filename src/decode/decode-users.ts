import { Failure } from '../domain/failure.ts'
import type { Entry } from './entry.ts'
import { readJsonPiece } from './json-piece.ts'
import { lineCutter } from './lines.ts'
import type { Cutter, Piece } from './piece.ts'
import { type InflationLimits, plainBytes, withoutMark } from './plain-bytes.ts'

export interface CsvReading {
  /** What was put before cells; by default the file shows it. */
  readonly guard?: 'detect' | 'auth0' | 'formula' | 'none'
  /** By default the one that the first line has most of. */
  readonly delimiter?: ',' | ';' | '\t'
  /** For a file whose first line is a user. */
  readonly columns?: readonly string[]
}

export interface DecodeOptions {
  readonly format: 'ndjson' | 'json' | 'csv'
  readonly csv?: CsvReading
  readonly limits?: Partial<DecodeLimits>
}

export interface DecodeLimits extends InflationLimits {
  /** What one entry may take of the file. */
  readonly entryBytesMax: number
  /** As many unreadable entries in a row are no accident: the file is something else. */
  readonly unreadableRunMax: number
}

const MiB = 1024 * 1024

const DEFAULT_LIMITS: DecodeLimits = {
  // Twice the largest profile that Auth0's doc knows of.
  entryBytesMax: 2 * MiB,
  unreadableRunMax: 1000,
  bytesFree: 64 * MiB,
  // Files of users are compressed to a tenth or a thirtieth; deflate reaches a thousandth.
  ratioMax: 200,
}

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
  const decoder = decoderOf(options, limits)
  let unreadableRun = 0
  const guarded = function* (entries: Iterable<Entry>): Generator<Entry> {
    for (const entry of entries) {
      yield entry
      unreadableRun = entry.kind === 'user' ? 0 : unreadableRun + 1
      if (unreadableRun >= limits.unreadableRunMax) throw hopeless(entry.line, unreadableRun)
    }
  }
  for await (const chunk of withoutMark(plainBytes(source, limits))) {
    yield* inGroups(guarded(decoder.decode(decoder.cutter.cut(chunk))))
  }
  yield* inGroups(guarded(decoder.decode(decoder.cutter.end())))
}

interface Decoder {
  readonly cutter: Cutter
  decode(pieces: Iterable<Piece>): Iterable<Entry>
}

function decoderOf({ format }: DecodeOptions, { entryBytesMax }: DecodeLimits): Decoder {
  if (format !== 'ndjson') throw new Failure('import_unreadable', `No ${format} yet.`)
  return {
    cutter: lineCutter(entryBytesMax),
    *decode(pieces) {
      for (const piece of pieces) yield readJsonPiece(piece, `Line ${piece.line}`, entryBytesMax)
    },
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
