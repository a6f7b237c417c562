import type { Entry } from './entry.ts'

/** Makes entries of a text in one format. `decode` and `end` fail with `import_unreadable` if no more entry can be found. */
export interface Decoder {
  /** The entries that end in this chunk. */
  decode(chunk: Buffer): Iterable<Entry>
  /** The last entries, when the text has ended. */
  end(): Iterable<Entry>
  /** Whole entries that still wait, such as for the guard to show. Called if the rest of the text cannot be read. */
  heldBack(): Iterable<Entry>
}
