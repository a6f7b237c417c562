import { createHash } from 'node:crypto'

/** Size and SHA-256 of what has passed by. */
export interface Tally {
  watch(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  /** Valid once `watch` has ended; `sha256` is hex. */
  total(): { readonly bytes: number; readonly sha256: string }
}

export function newTally(): Tally {
  const hash = createHash('sha256')
  let bytes = 0
  return {
    watch: async function* (source) {
      for await (const chunk of source) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    },
    total: () => ({ bytes, sha256: hash.copy().digest('hex') }),
  }
}
