import assert from 'node:assert'
import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { crc32, gunzipSync } from 'node:zlib'
import { Failure } from '../domain/failure.ts'
import { filledBlocks } from './blocks.ts'
import type { Compressor, Lent, Part } from './compressor.ts'
import { inOrder } from './in-order.ts'
import { openLentPipe } from './lent-pipe.ts'

export interface IgzipOptions {
  /** A path, or a name to be found among the system's programs. */
  readonly program?: string
  /** 1 (fast) to 3 (small). */
  readonly level: number
  /** Lines gathered before they are written to the program, in bytes: bounds memory. */
  readonly blockBytes: number
}

/** Levels that igzip knows, of zlib's. */
export const IGZIP_LEVEL_MAX = 3

// Not the PATH of whoever started Muster: nor does the program get to see the rest of that environment.
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin' }
// Blocks that a part may have ready before its turn.
const BLOCKS_AHEAD = 8

/**
 * Compresses with igzip, the program of Intel's ISA-L (Debian: isal), which needs a third of zlib's CPU for files as
 * large. Undefined where there is none that works.
 */
export async function findIgzip(options: IgzipOptions): Promise<Compressor | undefined> {
  const compressor = igzipCompressor(options)
  const sample = Buffer.from('user_id,email\r\n')
  async function* part(): AsyncGenerator<Uint8Array> {
    yield sample
  }
  try {
    const pieces: Uint8Array[] = []
    for await (const { bytes } of compressor([part], 1)) pieces.push(bytes)
    return gunzipSync(Buffer.concat(pieces)).equals(sample) ? compressor : undefined
  } catch {
    return undefined
  }
}

/** The file fails with `compressor_failed` when the program does, or when its checksum is not that of the lines. */
function igzipCompressor({ program = 'igzip', level, blockBytes }: IgzipOptions): Compressor {
  const blocksOf = blockMaker(blockBytes)
  const failed = (how: string): Failure =>
    new Failure('compressor_failed', `${program} was to compress the file, and ${how}.`)
  return async function* (parts, partsAhead) {
    const pipe = await openLentPipe().catch((error: Error) => {
      throw failed(`could not be given a pipe: ${error.message}`)
    })
    const { stdin, ended, kill } = start(program, level, pipe.writer)
    pipe.writer.destroy()
    const feeding = feed(stdin, inOrder(parts, blocksOf, { ahead: partsAhead, chunksMax: BLOCKS_AHEAD }))
    feeding.catch(kill)
    let trailer: Uint8Array = new Uint8Array(0)
    try {
      for await (const bytes of pipe.chunks) {
        trailer = Buffer.concat([trailer, bytes.subarray(-8)]).subarray(-8)
        yield { bytes, release: () => undefined }
      }
      const fed = await feeding
      const how = await ended
      if (how !== undefined) throw failed(how)
      if (!isOf(trailer, fed)) throw failed('its checksum is not that of the lines')
    } finally {
      kill()
      pipe.close()
      await feeding.catch(() => undefined)
    }
  }
}

function start(program: string, level: number, output: Socket) {
  const child = spawn(program, ['-n', '-c', `-${level}`], {
    stdio: ['pipe', output, 'ignore'],
    env: ENVIRONMENT,
  })
  const { stdin } = child
  assert(stdin !== null, 'its input is a pipe')
  // Told to whoever waits for the write.
  stdin.on('error', () => undefined)
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`))
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`),
    )
  })
  const kill = (): void => void child.kill('SIGKILL')
  return { stdin, ended, kill }
}

function blockMaker(blockBytes: number): (part: Part) => AsyncGenerator<Lent> {
  const free: Uint8Array[] = []
  const newHolder = (): { block: Uint8Array } => ({ block: free.pop() ?? new Uint8Array(blockBytes) })
  return async function* (part) {
    for await (const { holder, bytes } of filledBlocks(part(), newHolder)) {
      yield { bytes: holder.block.subarray(0, bytes), release: () => free.push(holder.block) }
    }
  }
}

interface Fed {
  readonly crc: number
  readonly bytes: number
}

/** Writes until there is no more, or until nobody reads any more; fails as the parts do. */
async function feed(stdin: Writable, blocks: AsyncIterable<Lent>): Promise<Fed> {
  let crc = 0
  let length = 0
  for await (const { bytes, release } of blocks) {
    crc = crc32(bytes, crc)
    length += bytes.length
    if (!(await written(stdin, bytes))) break
    release()
  }
  stdin.end()
  return { crc, bytes: length }
}

function written(stdin: Writable, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => stdin.write(bytes, (error) => resolve(!error)))
}

/** RFC 1952, 2.3.1: a member ends in the CRC-32 of what it holds and in its length modulo 2^32. */
function isOf(trailer: Uint8Array, { crc, bytes }: Fed): boolean {
  if (trailer.length < 8) return false
  const view = Buffer.from(trailer)
  return view.readUInt32LE(0) === crc && view.readUInt32LE(4) === bytes % 2 ** 32
}
