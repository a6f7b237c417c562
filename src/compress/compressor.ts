/** Bytes in memory that is used again. */
export interface Lent {
  readonly bytes: Uint8Array
  /** Called once, by whoever has the bytes and needs them no more. */
  release(): void
}

/** A part of a file before compression; each chunk is lent until the next is asked for. */
export type Part = () => AsyncIterable<Uint8Array>

/**
 * Makes one .gz file (RFC 1952) of parts, one after the other; nothing but a valid file of nothing where they hold
 * nothing. Up to `partsAhead` of them are open at once, and what each has ready before its turn is bounded. Leaving
 * the loop early, or the first failure of a part, ends all that is open. When the signal aborts, the file fails with
 * its reason at once, whatever a part is waiting for.
 */
export type Compressor = (
  parts: Iterable<Part>,
  partsAhead: number,
  signal: AbortSignal,
) => AsyncIterable<Lent>
