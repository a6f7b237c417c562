import type { Lent } from '../domain/lent.ts'

/** The bytes before compression. The compressor holds one chunk of an input at most. */
export type Input = () => AsyncIterable<Lent>

/**
 * One .gz file (RFC 1952) of all inputs, in order. Without any bytes it is still a valid, empty file. Up to
 * `inputsAhead` inputs are open at once, and what each has ready before its turn is bounded. If the reader leaves
 * early, or an input fails, all open inputs are ended. If the signal aborts, the file fails with its reason at once,
 * even if an input never answers. The reader of the file holds one chunk at most.
 */
export type Compressor = (
  inputs: Iterable<Input>,
  inputsAhead: number,
  signal: AbortSignal,
) => AsyncIterable<Lent>
