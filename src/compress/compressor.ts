import type { Lent } from '../domain/lent.ts'

/** Some bytes of a file before compression, such as a range of users. The compressor holds one chunk of it at most. */
export type Input = () => AsyncIterable<Lent>

/**
 * Makes one .gz file (RFC 1952) of all inputs, in order. Without any bytes it is still a valid, empty file. Up to
 * `inputsAhead` inputs are open at once, and what each has ready before its turn is bounded. If the reader leaves
 * early, or an input fails, all open inputs are ended. If the signal aborts, the file fails with its reason at once,
 * even if an input never answers. The reader of the file holds one chunk at most.
 */
export type Compressor = (
  inputs: Iterable<Input>,
  inputsAhead: number,
  signal: AbortSignal,
) => AsyncIterable<Lent>
