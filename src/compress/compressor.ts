import type { Lent } from '../domain/lent.ts'

/** Some bytes of a file before compression, such as a range of users. The compressor holds one chunk of it at most. */
export type Input = () => AsyncIterable<Lent>

/**
 * Makes one .gz file (RFC 1952) of inputs, one after the other; nothing but a valid file of nothing where they hold
 * nothing. Up to `inputsAhead` of them are open at once, and what each has ready before its turn is bounded. Leaving
 * the loop early, or the first failure of an input, ends all that is open. When the signal aborts, the file fails with
 * its reason at once, whatever an input is waiting for. The reader of the file holds one chunk at most.
 */
export type Compressor = (
  inputs: Iterable<Input>,
  inputsAhead: number,
  signal: AbortSignal,
) => AsyncIterable<Lent>
