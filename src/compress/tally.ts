import { createHash } from 'node:crypto'
import type { Lent } from '../domain/lent.ts'

/** Size and SHA-256 of what has passed by. */
export interface Tally {
  watch(source: AsyncIterable<Lent>): AsyncGenerator<Lent>
  /** Valid once `watch` has ended; `sha256` is hex. */
  total(): { readonly bytes: number; readonly sha256: string }
}

export function newTally(): Tally {
  const hash = createHash('sha256')
  let bytes = 0
  return {
    watch: async function* (source) {
      for await (const chunk of source) {
        hash.update(chunk.bytes)
        bytes += chunk.bytes.length
        yield chunk
      }
    },
    total: () => ({ bytes, sha256: hash.copy().digest('hex') }),
  }
}
