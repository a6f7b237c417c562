import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type OnReadOpts, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const READ_BYTES = 128 * 1024

export interface LentPipe {
  /** For a program to write to; whoever has given it away destroys it here. */
  readonly writer: Socket
  /** What is written there, until all who can write have closed it. A chunk is lent until the next is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>
  close(): void
}

/**
 * A pipe that is read into one buffer over and over. Of a child's own pipes Node makes a buffer for each read, which
 * the garbage collector counts: it stopped the event loop eight times for a million users, for up to 16 ms.
 */
export async function openLentPipe(): Promise<LentPipe> {
  // Nobody else can look into a folder of mkdtemp's.
  const folder = await mkdtemp(join(tmpdir(), 'muster-pipe-'))
  try {
    const server = createServer({ pauseOnConnect: true })
    await once(server.listen(join(folder, 'pipe')), 'listening')
    const reader = new LendingReader(join(folder, 'pipe'))
    const [writer] = (await once(server, 'connection')) as [Socket]
    server.close()
    // What goes wrong with it the program is told, by its own end.
    writer.on('error', () => undefined)
    const close = (): void => {
      writer.destroy()
      reader.destroy()
    }
    return { writer, chunks: reader, close }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

class LendingReader implements AsyncIterable<Uint8Array> {
  readonly #socket: Socket
  #ready: Uint8Array | undefined
  #isEnded = false
  #error: Error | undefined
  #wake: (() => void) | undefined

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
    this.#socket.once('error', (error) => {
      this.#error = error
    })
    const end = (): void => {
      this.#isEnded = true
      this.#wake?.()
    }
    this.#socket.once('end', end).once('close', end)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#ready === undefined && !this.#isEnded) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
      if (this.#error !== undefined) throw this.#error
      const chunk = this.#ready
      if (chunk === undefined) return
      yield chunk
      this.#ready = undefined
      this.#socket.resume()
    }
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
