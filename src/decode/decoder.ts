import type { Entry } from './entry.ts'

/** What makes entries of the text in one format. */
export interface Decoder {
  /** The entries that end in this chunk. Fails with `import_unreadable` when no further one can be found. */
  decode(chunk: Buffer): Iterable<Entry>
  /** What remains when the text has ended. Fails in the same way. */
  end(): Iterable<Entry>
  /** Whole entries that wait for something, for when the rest of the text cannot be had. */
  heldBack(): Iterable<Entry>
}
