/** Bytes in memory that is used again. */
export interface Lent {
  readonly bytes: Uint8Array
  /** Called once, by whoever has the bytes and needs them no more. */
  release(): void
}

/** Some bytes of a file before compression, such as a range of users. Each chunk is lent until the next is asked for. */
export type Input = () => AsyncIterable<Uint8Array>

/**
 * Makes one .gz file (RFC 1952) of inputs, one after the other; nothing but a valid file of nothing where they hold
 * nothing. Up to `inputsAhead` of them are open at once, and what each has ready before its turn is bounded. Leaving
 * the loop early, or the first failure of an input, ends all that is open. When the signal aborts, the file fails with
 * its reason at once, whatever an input is waiting for.
 */
export type Compressor = (
  inputs: Iterable<Input>,
  inputsAhead: number,
  signal: AbortSignal,
) => AsyncIterable<Lent>
