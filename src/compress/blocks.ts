import type { Lent } from '../domain/lent.ts'

export interface Filled<Holder> {
  readonly holder: Holder
  readonly bytes: number
}

export async function* filledBlocks<Holder extends { readonly block: Uint8Array }>(
  source: AsyncIterable<Lent>,
  newHolder: () => Holder,
): AsyncGenerator<Filled<Holder>> {
  let holder = newHolder()
  let bytes = 0
  for await (const { bytes: chunk, release } of source) {
    try {
      for (let from = 0; from < chunk.length; ) {
        const piece = chunk.subarray(from, from + holder.block.length - bytes)
        holder.block.set(piece, bytes)
        bytes += piece.length
        from += piece.length
        if (bytes < holder.block.length) continue
        yield { holder, bytes }
        holder = newHolder()
        bytes = 0
      }
    } finally {
      release()
    }
  }
  if (bytes > 0) yield { holder, bytes }
}
