import assert from 'node:assert'
import type { Socket } from 'node:net'
import type pg from 'pg'
import type { Lent } from '../domain/lent.ts'
import { CopiedTexts } from './copied-texts.ts'
import { divert } from './lending-socket.ts'

/** What `pg` lets a query do with a connection. Its types do not say so. */
interface Connection {
  readonly stream: Socket
  query(text: string): void
}

interface Reader {
  readonly resolve: (chunk: Lent | undefined) => void
  readonly reject: (error: Error) => void
}

type State =
  /** Nobody waits for a chunk, but the socket is read, so that one is ready when somebody asks. */
  | 'reading'
  | 'awaited'
  /** A chunk waits for the reader. The socket is paused, since there is no memory for a second one. */
  | 'ready'
  /** The reader has the chunk. The socket is paused, since the next read would overwrite it. */
  | 'lent'
  | 'ended'

type Event = 'asked' | 'came' | 'released' | 'over'

// A `mistake` is an order of events that only a bug in Muster can cause, and no server. So it throws.
const NEXT: Readonly<Record<State, Readonly<Record<Event, State | 'mistake'>>>> = {
  reading: { asked: 'awaited', came: 'ready', released: 'mistake', over: 'ended' },
  awaited: { asked: 'mistake', came: 'lent', released: 'mistake', over: 'ended' },
  ready: { asked: 'lent', came: 'mistake', released: 'mistake', over: 'ended' },
  lent: { asked: 'mistake', came: 'mistake', released: 'reading', over: 'ended' },
  ended: { asked: 'ended', came: 'ended', released: 'ended', over: 'ended' },
}

/**
 * For `client.query`: gives the bytes of the texts of a query of two columns, a text and a bigint below 2^32. The
 * reader holds one chunk at most: nothing is read from the server until it is released. If a reader leaves before the
 * end, the connection is closed, since nothing else makes the server stop at once.
 */
export class CopyOutQuery implements pg.Submittable, AsyncIterable<Lent> {
  readonly #text: string
  readonly #texts = new CopiedTexts((bytes) => this.#toProtocol?.(bytes))
  readonly #enter: Readonly<Record<State, () => void>> = {
    reading: () => this.#readOn(),
    awaited: () => undefined,
    ready: () => this.#stream?.pause(),
    lent: () => this.#lend(),
    ended: () => this.#settle(),
  }
  readonly #release = (): void => this.#on('released')
  #state: State = 'reading'
  #stream: Socket | undefined
  #giveBack: (() => void) | undefined
  #toProtocol: ((bytes: Buffer) => void) | undefined
  #rest: Buffer | undefined
  #reader: Reader | undefined
  #chunk: Uint8Array | undefined
  #error: Error | undefined

  constructor(text: string) {
    this.#text = text
  }

  get total(): number {
    return this.#texts.total
  }

  submit(connection: pg.Connection): void {
    const held = connection as unknown as Connection
    const { toProtocol, giveBack } = divert(held.stream, (bytes) => this.#take(bytes))
    this.#stream = held.stream
    this.#toProtocol = toProtocol
    this.#giveBack = giveBack
    held.query(this.#text)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Lent> {
    try {
      for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk
    } finally {
      if (this.#state !== 'ended') this.#stream?.destroy()
    }
  }

  #next(): Promise<Lent | undefined> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#on('asked')
    })
  }

  #on(event: Event): void {
    const next = NEXT[this.#state][event]
    assert(next !== 'mistake', `a COPY that is ${this.#state} cannot be ${event}`)
    this.#state = next
    this.#enter[next]()
  }

  #take(bytes: Buffer): void {
    const { textBytes, rest } = this.#texts.take(bytes)
    this.#rest = rest
    if (textBytes > 0) {
      this.#chunk = bytes.subarray(0, textBytes)
      this.#on('came')
    } else if (rest !== undefined) this.#readOn()
  }

  #readOn(): void {
    const rest = this.#rest
    this.#rest = undefined
    if (rest !== undefined) this.#giveBack?.()
    this.#stream?.resume()
    if (rest !== undefined) this.#toProtocol?.(rest)
  }

  #lend(): void {
    this.#stream?.pause()
    const chunk = this.#chunk
    if (chunk !== undefined) this.#reader?.resolve({ bytes: chunk, release: this.#release })
  }

  #settle(): void {
    if (this.#error === undefined) this.#reader?.resolve(undefined)
    else this.#reader?.reject(this.#error)
  }

  handleError(error: Error): void {
    this.#error ??= error
    this.#on('over')
  }

  // `pg` demands this method. The rows have been counted already.
  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#on('over')
  }
}
