import { constants, crc32, createDeflateRaw, type DeflateRaw, deflateRaw, type ZlibReset } from 'node:zlib'
import { type Lent, owned } from '../domain/lent.ts'
import type { Contents } from './gzip-member.ts'
import { newPool, type Pool } from './pool.ts'

// The memory of this many compressed blocks is kept from one export to the next.
const ROOMS_IDLE_MAX = 8

/** Deflate blocks that end at a byte's end, none of them the last, so that others can follow. */
export interface Pressed extends Lent {
  readonly contents: Contents
}

export interface DeflatePress {
  readonly block: Uint8Array
  press(bytes: number): Promise<Pressed>
}

export type Presses = (level: number, blockBytes: number) => () => DeflatePress

/** By zlib's own `deflateRaw()`, which makes an engine of 268 KB and a buffer for each block. */
export const plainPresses: Presses = (level, blockBytes) => () => {
  const block = new Uint8Array(blockBytes)
  const options = { level, memLevel: 9, finishFlush: constants.Z_SYNC_FLUSH }
  return {
    block,
    press: (bytes) =>
      new Promise((resolve, reject) => {
        const lines = block.subarray(0, bytes)
        const contents = { crc: crc32(lines), bytes }
        deflateRaw(lines, options, (error, pressed) => {
          if (error) reject(error)
          else resolve({ ...owned(pressed), contents })
        })
      }),
  }
}

/**
 * The garbage collector counts what `deflateRaw()` makes, and stops the event loop to collect it. So these presses
 * share their memory. An engine flushes with each write and is then reset: no block refers to one before it, so that
 * several engines can make one file. Not all of this use of `zlib` is documented, so it is tried first
 * (zlib-compressor.ts).
 */
export const deflatePresses: Presses = (level, blockBytes) => {
  // Compressed bytes are nearly always fewer. If they are more, they get memory of their own.
  const rooms = newPool(() => new Uint8Array(blockBytes), ROOMS_IDLE_MAX)
  return () => newPress(level, blockBytes, rooms)
}

// Node's documentation has `reset`, its types do not. `_outOffset`, where the output goes on, is not documented: a Node
// without it makes a buffer for each output.
type Engine = DeflateRaw & ZlibReset & { _outOffset?: number }

function newPress(level: number, blockBytes: number, rooms: Pool<Uint8Array>): DeflatePress {
  const block = new Uint8Array(blockBytes)
  // Each further chunk of a block is another task for the thread pool. zlib's largest tables save a tenth of its time
  // (measured, docs/adr/0009-what-a-line-costs.md).
  const options = {
    level,
    memLevel: 9,
    chunkSize: Math.max(1024, blockBytes / 2),
    flush: constants.Z_SYNC_FLUSH,
  }
  const engine = createDeflateRaw(options) as Engine
  let room: Uint8Array = new Uint8Array(0)
  let length = 0
  engine.on('data', (piece: Buffer) => {
    if (length + piece.length > room.length) room = enlarged(room, length + piece.length)
    room.set(piece, length)
    length += piece.length
  })
  // The write that waits gets this error. Without a listener Node would end the process.
  engine.on('error', () => undefined)
  return {
    block,
    press: (bytes) =>
      new Promise((resolve, reject) => {
        room = rooms.take()
        length = 0
        const lines = block.subarray(0, bytes)
        engine.write(lines, (error) => {
          if (error) return reject(error)
          engine.reset()
          engine._outOffset = 0
          const used = room
          resolve({
            bytes: used.subarray(0, length),
            contents,
            release: () => rooms.giveBack(used),
          })
        })
        // Another thread compresses at the same time, so the checksum takes no time of its own.
        const contents = { crc: crc32(lines), bytes }
      }),
  }
}

function enlarged(room: Uint8Array, bytes: number): Uint8Array {
  const larger = new Uint8Array(2 * bytes)
  larger.set(room)
  return larger
}
