import { createHash } from 'node:crypto'
import { partBytes } from './part-bytes.ts'

/** A copy of bytes that a source lent, since sending takes longer than the source lends them. */
export interface Part {
  readonly number: number
  readonly block: Buffer
  readonly bytes: number
  readonly digest: Buffer
}

export interface PartFiller {
  fill(chunk: Uint8Array, from: number): number
  readonly isFull: () => boolean
  end(): Part
}

export function fillPart(number: number, start: Buffer): PartFiller {
  const hash = createHash('md5')
  const bytesMax = partBytes(number)
  let block = start
  let bytes = 0
  return {
    fill: (chunk, from) => {
      const piece = chunk.subarray(from, from + bytesMax - bytes)
      block = roomy(block, { filled: bytes, wanted: bytes + piece.length, most: bytesMax })
      block.set(piece, bytes)
      hash.update(piece)
      bytes += piece.length
      return piece.length
    },
    isFull: () => bytes === bytesMax,
    end: () => ({ number, block, bytes, digest: hash.digest() }),
  }
}

interface Room {
  readonly filled: number
  readonly wanted: number
  readonly most: number
}

function roomy(block: Buffer, { filled, wanted, most }: Room): Buffer {
  if (wanted <= block.length) return block
  const longer = newBlock(Math.min(most, Math.max(wanted, 2 * block.length)))
  block.copy(longer, 0, 0, filled)
  return longer
}

// Not from Node's pool: a block lives as long as the upload and would keep a whole pool alive.
function newBlock(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(bytes)
}

// Two large parts on their way would take gigabytes.
const SHARED_BYTES_MAX = 64 * 1024 * 1024

// Most objects are small, so their only part begins small and grows to what they need.
const FIRST_BLOCK_BYTES = 64 * 1024

export interface Blocks {
  /** Waits while as many parts as allowed are on their way, because each holds its memory. */
  take(number: number): Promise<Buffer>
  /** Counts the part until `sending` has ended, since its memory must not be used again before. */
  lend(block: Buffer, sending: Promise<void>): void
  settled(): Promise<void>
}

/** Bounds the memory of an upload: one part is filled while two are on their way, or one if parts are large. */
export function newBlocks(): Blocks {
  const free: Buffer[] = []
  const sending = new Set<Promise<void>>()
  const failed: unknown[] = []
  const throwFirst = (): void => {
    if (failed.length > 0) throw failed[0]
  }
  return {
    take: async (number) => {
      const bytes = partBytes(number)
      while (sending.size >= (bytes > SHARED_BYTES_MAX ? 1 : 2)) await Promise.race(sending)
      throwFirst()
      const block = free.pop()
      if (block !== undefined && block.length >= bytes) return block
      return newBlock(number === 1 ? FIRST_BLOCK_BYTES : bytes)
    },
    lend: (block, sent) => {
      const ended = sent
        .then(
          () => void free.push(block),
          (error: unknown) => void failed.push(error),
        )
        .finally(() => sending.delete(ended))
      sending.add(ended)
    },
    settled: async () => {
      await Promise.all(sending)
      throwFirst()
    },
  }
}
