import { Failure } from '../domain/failure.ts'
import { owned } from '../domain/lent.ts'
import { filledBlocks } from './blocks.ts'
import type { Compressor, Input } from './compressor.ts'
import { crc32Combined } from './crc32-combine.ts'
import { type Contents, gzipEnd, gzipHeader } from './gzip-member.ts'
import { inOrder } from './in-order.ts'
import { newPool } from './pool.ts'
import { triedOn } from './tried-on.ts'
import { type DeflatePress, deflatePresses, type Pressed, type Presses, plainPresses } from './zlib-press.ts'

export interface ZlibOptions {
  readonly level: number
  /** So many bytes of lines are compressed at once. This bounds the memory. */
  readonly blockBytes: number
}

// An input may have this many blocks ready before its turn: with blocks of 1 MiB about 2 MiB after compression.
const BLOCKS_AHEAD = 8
// So many presses are kept from one export to the next, so that they need not be made again.
const PRESSES_IDLE_MAX = 8

// So small that one press gets several blocks of the line on which it is tried.
const TRIED_BLOCK_BYTES = 4
const TRY_SECONDS = 5

/**
 * Presses use their engines again. Another release of Node may break that: if they fail when they are tried, `onPlain`
 * gets the reason, and each block gets a new engine.
 */
export async function triedZlibCompressor(
  options: ZlibOptions,
  onPlain: (reason: unknown) => void,
  presses = deflatePresses,
): Promise<Compressor> {
  try {
    const small = zlibCompressor({ ...options, blockBytes: TRIED_BLOCK_BYTES }, presses)
    const file = await triedOn(small, AbortSignal.timeout(TRY_SECONDS * 1000))
    if (file === undefined) throw new Failure('compressor_failed', 'zlib made something else of a line.')
    return zlibCompressor(options, presses)
  } catch (error) {
    onPlain(error)
    return zlibCompressor(options, plainPresses)
  }
}

/**
 * By Node's zlib, on the threads of libuv's pool. Each block of an input is compressed by itself and ends at a byte's
 * end, so that all blocks together are one gzip member. A file of many members would be as valid (RFC 1952, 2.2), but
 * Ruby, PHP, Python's decompressobj, Perl, Bun and browsers read only the first and report nothing.
 */
export function zlibCompressor(
  { level, blockBytes }: ZlibOptions,
  presses: Presses = deflatePresses,
): Compressor {
  const pool = newPool(presses(level, blockBytes), PRESSES_IDLE_MAX)
  async function pressed(press: DeflatePress, bytes: number): Promise<Pressed> {
    const block = await press.press(bytes)
    pool.giveBack(press)
    return block
  }
  // The next block is gathered while another thread compresses this one, so that both threads work.
  async function* blocksOf(input: Input): AsyncGenerator<Pressed> {
    let pending: Promise<Pressed> | undefined
    try {
      for await (const { holder, bytes } of filledBlocks(input(), pool.take)) {
        const block = pressed(holder, bytes)
        // Awaited one block later. If it fails meanwhile, Node must not end the process.
        block.catch(() => undefined)
        if (pending !== undefined) yield await pending
        pending = block
      }
      if (pending !== undefined) yield await pending
    } finally {
      await pending?.catch(() => undefined)
    }
  }
  return async function* (inputs, inputsAhead, signal) {
    const order = { ahead: inputsAhead, chunksMax: BLOCKS_AHEAD, signal }
    let contents: Contents = { crc: 0, bytes: 0 }
    for await (const block of inOrder(inputs, blocksOf, order)) {
      if (contents.bytes === 0) yield owned(gzipHeader())
      contents = followedBy(contents, block.contents)
      yield block
    }
    if (contents.bytes === 0) yield owned(gzipHeader())
    yield owned(gzipEnd(contents))
  }
}

function followedBy(first: Contents, second: Contents): Contents {
  return { crc: crc32Combined(first.crc, second.crc, second.bytes), bytes: first.bytes + second.bytes }
}
