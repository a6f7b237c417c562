/**
 * Bytes in memory that is used again. The receiver calls `release` exactly once, when it no longer needs them, also if
 * it fails. What it needs for longer it copies: after `release` the memory is overwritten.
 *
 * A source may have memory for one chunk only. So a receiver releases a chunk before it asks for the next one.
 * Otherwise both wait for each other.
 */
export interface Lent {
  readonly bytes: Uint8Array
  release(): void
}

export function owned(bytes: Uint8Array): Lent {
  return { bytes, release: keep }
}

function keep(): void {}

export async function* allOwned(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Lent> {
  for await (const bytes of source) yield owned(bytes)
}
