import { gzipSync } from 'node:zlib'
import { filledBlocks } from './blocks.ts'
import type { Compressor, Lent, Part } from './compressor.ts'
import { inOrder } from './in-order.ts'
import { newPool } from './pool.ts'
import { type GzipPress, gzipPresses } from './zlib-press.ts'

export interface ZlibOptions {
  /** 1 (fast) to 9 (small). */
  readonly level: number
  /** Lines gathered into one member, in bytes before compression: bounds memory. */
  readonly memberBytes: number
}

// Members that a part may have ready before its turn. With 1 MiB of lines a member, about 2 MiB compressed.
const MEMBERS_AHEAD = 8
// Presses that are kept from one export to the next.
const PRESSES_IDLE_MAX = 8

/**
 * Compresses in this process, by Node's zlib, on the threads of libuv's pool: each part becomes gzip members, and
 * members behind one another are one valid .gz file (RFC 1952, 2.2).
 */
export function zlibCompressor({ level, memberBytes }: ZlibOptions): Compressor {
  const pool = newPool(gzipPresses(level, memberBytes), PRESSES_IDLE_MAX)
  async function pressed(press: GzipPress, bytes: number): Promise<Lent> {
    const member = await press.press(bytes)
    pool.giveBack(press)
    return member
  }
  // While one member is compressed on another thread, the next is already being gathered.
  async function* membersOf(part: Part): AsyncGenerator<Lent> {
    let pending: Promise<Lent> | undefined
    try {
      for await (const { holder, bytes } of filledBlocks(part(), pool.take)) {
        const member = pressed(holder, bytes)
        // Awaited one member later: a failure meanwhile must not count as unhandled.
        member.catch(() => undefined)
        if (pending !== undefined) yield await pending
        pending = member
      }
      if (pending !== undefined) yield await pending
    } finally {
      await pending?.catch(() => undefined)
    }
  }
  return async function* (parts, partsAhead, signal) {
    const order = { ahead: partsAhead, chunksMax: MEMBERS_AHEAD, signal }
    let isEmpty = true
    for await (const member of inOrder(parts, membersOf, order)) {
      isEmpty = false
      yield member
    }
    if (isEmpty) yield { bytes: gzipSync(''), release: () => undefined }
  }
}
