const BYTES_FIRST = 4096

/**
 * A piece that is longer than `bytesMax` is dropped, so that a file without line ends does not fill the memory. `take`
 * then gives undefined.
 */
export interface HeldBytes {
  add(chunk: Buffer): void
  take(last: Buffer): Buffer | undefined
  bytesKept(): number
}

export function newHeldBytes(bytesMax: number): HeldBytes {
  const nothing = Buffer.alloc(0)
  let kept = nothing
  let bytes = 0
  const add = (chunk: Buffer): void => {
    const sum = bytes + chunk.length
    if (sum > bytesMax) kept = nothing
    else {
      kept = roomy(kept, bytes, sum)
      chunk.copy(kept, bytes)
    }
    bytes = sum
  }
  return {
    add,
    take: (last) => {
      if (bytes > 0) add(last)
      const taken = bytes > 0 ? kept.subarray(0, bytes) : last
      const isTooLong = Math.max(bytes, last.length) > bytesMax
      kept = nothing
      bytes = 0
      return isTooLong ? undefined : taken
    },
    bytesKept: () => kept.length,
  }
}

// Doubles the size, so that a piece that comes in a million chunks is copied 20 times and not a million times.
function roomy(kept: Buffer<ArrayBuffer>, bytes: number, needed: number): Buffer<ArrayBuffer> {
  if (needed <= kept.length) return kept
  const larger = Buffer.allocUnsafe(Math.max(BYTES_FIRST, needed, 2 * kept.length))
  kept.copy(larger, 0, 0, bytes)
  return larger
}
