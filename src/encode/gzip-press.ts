import { constants, createGzip, type Gzip, type ZlibReset } from 'node:zlib'

/** A block of bytes and what compresses it, both used again and again. */
export interface GzipPress {
  /** To be filled by whoever has the press. */
  readonly block: Uint8Array
  /** Compresses the block's first bytes into a gzip member, on another thread. One at a time. */
  press(bytes: number): Promise<Uint8Array>
}

/**
 * zlib's own `gzip()` makes an engine of 268 KB and a buffer for what comes out for each member, which the garbage
 * collector counts, and it stops the event loop for them. An engine that ends a member with each write, and is
 * reset, makes only what comes out.
 *
 * zlib's largest tables save a tenth of its time (measured, docs/adr/0009-what-a-line-costs.md).
 *
 * @param level 1 (fast) to 9 (small)
 */
export function newGzipPress(level: number, blockBytes: number): GzipPress {
  const block = new Uint8Array(blockBytes)
  // What comes out of a member seldom begins in one chunk and ends in the next: then it is copied.
  const chunkSize = Math.max(1024, blockBytes)
  // Node's documentation has its reset, its types do not.
  const engine = createGzip({ level, memLevel: 9, chunkSize, flush: constants.Z_FINISH }) as Gzip & ZlibReset
  let pieces: Buffer[] = []
  engine.on('data', (piece: Buffer) => pieces.push(piece))
  // Told to whoever waits for the write.
  engine.on('error', () => undefined)
  return {
    block,
    press: (bytes) =>
      new Promise((resolve, reject) => {
        engine.write(block.subarray(0, bytes), (error) => {
          if (error) return reject(error)
          engine.reset()
          const [first] = pieces
          resolve(pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces))
          pieces = []
        })
      }),
  }
}
