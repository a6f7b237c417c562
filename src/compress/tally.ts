import { createHash } from 'node:crypto'
import type { Lent } from '../domain/lent.ts'

export interface Tally {
  watch(source: AsyncIterable<Lent>): AsyncGenerator<Lent>
  /** Counted before compression, since `watch` sees only compressed bytes. */
  addUnpacked(bytes: number): void
  /** So far. `total` would make a digest for each call. */
  bytes(): number
  total(): { readonly bytes: number; readonly unpackedBytes: number; readonly sha256: string }
}

export function newTally(): Tally {
  const hash = createHash('sha256')
  let bytes = 0
  let unpackedBytes = 0
  return {
    watch: async function* (source) {
      for await (const chunk of source) {
        hash.update(chunk.bytes)
        bytes += chunk.bytes.length
        yield chunk
      }
    },
    addUnpacked: (more) => {
      unpackedBytes += more
    },
    bytes: () => bytes,
    total: () => ({ bytes, unpackedBytes, sha256: hash.copy().digest('hex') }),
  }
}
