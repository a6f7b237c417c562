import type { Entry } from './entry.ts'

/** `decode` and `end` fail with `import_unreadable` if the rest of the file cannot be divided into entries. */
export interface Decoder {
  decode(chunk: Buffer): Iterable<Entry>
  end(): Iterable<Entry>
  /** Whole entries that still wait, such as for the guard to show. Called if the rest of the text cannot be read. */
  heldBack(): Iterable<Entry>
}
