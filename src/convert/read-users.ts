import { decodeUsers } from '../decode/decode-users.ts'
import type { Entry as DecodedEntry } from '../decode/entry.ts'
import { plainBytes, withHead } from '../decode/plain-bytes.ts'
import { shownFormat } from '../decode/shown-format.ts'
import { given } from '../domain/given.ts'
import type { CsvReading, ImportFormat } from '../domain/import-request.ts'

/** As the import reads it: a user, or an entry that cannot be read. */
export type Entry = DecodedEntry

export interface Reading {
  /** Found out from the first character if undefined. */
  readonly format?: ImportFormat | undefined
  readonly csv?: CsvReading
}

// Inflated files have no limit here: the reader's own disk is what they fill.
const LIMITS = { bytesFree: Number.POSITIVE_INFINITY, ratioMax: 0 }

/** The entries of a users file, gzipped or not, in its order. Fails with `import_unreadable` as an import does. */
export async function* readUsers(
  source: AsyncIterable<Uint8Array>,
  { format, csv }: Reading,
): AsyncGenerator<Entry> {
  const whole = withHead(plainBytes(source, LIMITS), HEAD_BYTES)
  const head = await whole.next()
  if (head.done === true) return
  const options = given({ format: format ?? shownFormat(head.value) ?? ('csv' as const), csv })
  for await (const group of decodeUsers(chained(head.value, whole), options)) yield* group
}

// More blanks than this stand before no first character.
const HEAD_BYTES = 4096

async function* chained(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* rest
}
