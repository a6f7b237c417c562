import assert from 'node:assert'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type OnReadOpts, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../domain/failure.ts'
import type { Lent } from '../domain/lent.ts'

const READ_BYTES = 128 * 1024
// The shortest limit of all systems (macOS, with a zero at the end). Node 20 cuts longer addresses short without an
// error.
const ADDRESS_BYTES_MAX = 103

export interface LentPipe {
  /** A program gets this end. The caller then destroys its own copy, or `chunks` would never end. */
  readonly writer: Socket
  /** Ends when all writers have closed the pipe, or it breaks. One chunk at most is held. */
  readonly chunks: AsyncIterable<Lent>
  close(): void
}

/**
 * A pipe that is read into one buffer again and again. For a child's own pipe Node makes a buffer for each read, which
 * the garbage collector counts: it stopped the event loop eight times for a million users, for up to 16 ms. Fails if
 * the system gives no pipe.
 */
export async function openLentPipe(): Promise<LentPipe> {
  // Nobody else can look into a folder that mkdtemp makes.
  const folder = await mkdtemp(join(tmpdir(), 'muster-pipe-'))
  const server = createServer({ pauseOnConnect: true })
  try {
    return await pipeAt(join(folder, 'pipe'), server)
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function pipeAt(address: string, server: Server): Promise<LentPipe> {
  if (Buffer.byteLength(address) > ADDRESS_BYTES_MAX)
    throw new Failure(
      'compressor_failed',
      `the folder of temporary files has a name too long for a pipe's: ${tmpdir()}`,
    )
  await once(server.listen(address), 'listening')
  const reader = new LendingReader(address)
  try {
    const [writer] = (await Promise.race([once(server, 'connection'), reader.gone])) as [Socket]
    // The program gets the error at its own end of the pipe.
    writer.on('error', () => undefined)
    const close = (): void => {
      writer.destroy()
      reader.destroy()
    }
    return { writer, chunks: reader, close }
  } catch (error) {
    reader.destroy()
    throw error
  }
}

class LendingReader implements AsyncIterable<Lent> {
  /** Rejects when the connection has closed, so that nobody waits for it for ever. */
  readonly gone: Promise<never>
  readonly #socket: Socket
  #ready: Uint8Array | undefined
  #isEnded = false
  #wake: (() => void) | undefined
  readonly #release = (): void => {
    this.#ready = undefined
    this.#socket.resume()
  }

  constructor(path: string) {
    const onread: OnReadOpts = {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (length, buffer) => {
        this.#ready = Buffer.from(buffer.buffer, buffer.byteOffset, length)
        this.#wake?.()
        // Paused: the next chunk would overwrite this one.
        return false
      },
    }
    this.#socket = connect({ path, onread })
    const end = (): void => {
      this.#isEnded = true
      this.#wake?.()
    }
    this.#socket.once('end', end).once('close', end)
    this.gone = once(this.#socket, 'close').then(() => {
      throw new Failure('compressor_failed', 'a pipe was closed as it was opened')
    })
    // The reader notices the end itself. Without this handler Node would end the process.
    this.gone.catch(() => undefined)
    this.#socket.on('error', () => undefined)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Lent> {
    for (;;) {
      if (this.#ready === undefined && !this.#isEnded) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
      const bytes = this.#ready
      if (bytes === undefined) return
      yield { bytes, release: this.#release }
      assert(this.#ready === undefined, 'a chunk is released before the next is asked for')
    }
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
