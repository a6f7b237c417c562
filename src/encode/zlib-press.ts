import { constants, createGzip, type Gzip, type ZlibReset } from 'node:zlib'
import type { Lent } from './compressor.ts'
import { newPool, type Pool } from './pool.ts'

// Memory of members that is kept from one export to the next.
const ROOMS_IDLE_MAX = 8

/** A block of bytes and what compresses it, both used again and again. */
export interface GzipPress {
  /** To be filled by whoever has the press. */
  readonly block: Uint8Array
  /** Makes a gzip member of the block's first bytes, on another thread. One at a time. */
  press(bytes: number): Promise<Lent>
}

/**
 * Makes presses that share the memory of their members. zlib's own `gzip()` makes an engine of 268 KB and a buffer
 * for each member: the garbage collector counts them, and stops the event loop to collect them. Here an engine ends a
 * member with each write, and is reset.
 *
 * @param level 1 (fast) to 9 (small)
 */
export function gzipPresses(level: number, blockBytes: number): () => GzipPress {
  // What is compressed is smaller, nearly always; else its member gets memory of its own.
  const rooms = newPool(() => new Uint8Array(blockBytes), ROOMS_IDLE_MAX)
  return () => newPress(level, blockBytes, rooms)
}

// Node's documentation has its reset, its types do not. Where its output goes on is not documented: a Node without it
// makes a buffer for what comes out.
type Engine = Gzip & ZlibReset & { _outOffset?: number }

function newPress(level: number, blockBytes: number, rooms: Pool<Uint8Array>): GzipPress {
  const block = new Uint8Array(blockBytes)
  // Each more of a member's chunks is another trip to the thread pool. zlib's largest tables save a tenth of its
  // time (measured, docs/adr/0009-what-a-line-costs.md).
  const options = { level, memLevel: 9, chunkSize: Math.max(1024, blockBytes / 2), flush: constants.Z_FINISH }
  const engine = createGzip(options) as Engine
  let room: Uint8Array = new Uint8Array(0)
  let length = 0
  engine.on('data', (piece: Buffer) => {
    if (length + piece.length > room.length) room = enlarged(room, length + piece.length)
    room.set(piece, length)
    length += piece.length
  })
  // Told to whoever waits for the write.
  engine.on('error', () => undefined)
  return {
    block,
    press: (bytes) =>
      new Promise((resolve, reject) => {
        room = rooms.take()
        length = 0
        engine.write(block.subarray(0, bytes), (error) => {
          if (error) return reject(error)
          engine.reset()
          engine._outOffset = 0
          const used = room
          resolve({ bytes: used.subarray(0, length), release: () => rooms.giveBack(used) })
        })
      }),
  }
}

function enlarged(room: Uint8Array, bytes: number): Uint8Array {
  const larger = new Uint8Array(2 * bytes)
  larger.set(room)
  return larger
}
