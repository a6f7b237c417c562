import type { Socket } from 'node:net'
import type pg from 'pg'
import { CopiedTexts } from './copied-texts.ts'
import { divert } from './lending-socket.ts'

/** What a connection of `pg` lets a query do with the socket. */
interface Connection {
  readonly stream: Socket
  query(text: string): void
}

interface Reader {
  readonly resolve: (texts: Uint8Array | undefined) => void
  readonly reject: (error: Error) => void
}

/**
 * A query of two columns, a text and a bigint below 2^32, by `COPY … TO STDOUT (format binary)`, handed to
 * `client.query`: the bytes of the texts, read once. A chunk is valid until the reader asks for the next one; until then
 * nothing is read from the server. If a reader leaves before the end, the connection is closed: nothing else makes the
 * server stop at once.
 */
export class CopyOutQuery implements pg.Submittable, AsyncIterable<Uint8Array> {
  readonly text: string
  readonly #texts = new CopiedTexts((bytes) => this.#toProtocol?.(bytes))
  #stream: Socket | undefined
  /** Gives the socket back to the protocol's own reader. */
  #giveBack: (() => void) | undefined
  #toProtocol: ((bytes: Buffer) => void) | undefined
  /** What came behind the texts, which that reader gets once they have been read. */
  #rest: Buffer | undefined
  #reader: Reader | undefined
  #ready: Uint8Array | undefined
  #isEnded = false
  #error: Error | undefined

  constructor(query: string) {
    this.text = `copy (${query}) to stdout (format binary)`
  }

  /** The sum of the numbers; valid once the texts have been read. */
  get total(): number {
    return this.#texts.total
  }

  submit(connection: pg.Connection): void {
    const held = connection as unknown as Connection
    const { toProtocol, giveBack } = divert(held.stream, (bytes) => this.#take(bytes))
    this.#stream = held.stream
    this.#toProtocol = toProtocol
    this.#giveBack = giveBack
    held.query(this.text)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let texts = await this.#next(); texts !== undefined; texts = await this.#next()) yield texts
    } finally {
      if (!this.#isEnded) this.#stream?.destroy()
    }
  }

  #next(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      if (this.#rest === undefined) this.#stream?.resume()
      else this.#leave(this.#rest)
      this.#serve()
    })
  }

  #take(bytes: Buffer): void {
    const { textBytes, rest } = this.#texts.take(bytes)
    this.#rest = rest
    if (textBytes > 0) {
      this.#stream?.pause()
      this.#ready = bytes.subarray(0, textBytes)
      this.#serve()
    } else if (rest !== undefined) this.#leave(rest)
  }

  #serve(): void {
    const reader = this.#reader
    if (reader === undefined) return
    if (this.#ready === undefined && !this.#isEnded) return
    this.#reader = undefined
    if (this.#error !== undefined) reader.reject(this.#error)
    else reader.resolve(this.#ready)
    this.#ready = undefined
  }

  #leave(rest: Buffer): void {
    this.#rest = undefined
    this.#giveBack?.()
    this.#stream?.resume()
    this.#toProtocol?.(rest)
  }

  #end(): void {
    this.#isEnded = true
    this.#serve()
  }

  handleError(error: Error): void {
    this.#error = error
    this.#end()
  }

  // Called by `pg` when the rows are out; they have been counted.
  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#end()
  }
}
