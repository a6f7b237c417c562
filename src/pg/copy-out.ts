import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type pg from 'pg'

// PostgreSQL's protocol, "Message Formats": a byte that tells the kind, then four that tell the length.
const HEADER_BYTES = 5
const COPY_DATA = 0x64
const COPY_OUT_RESPONSE = 0x48
/** May stand between CopyData messages: notification, notice, parameter status. */
const ASIDES: ReadonlySet<number> = new Set([0x41, 0x4e, 0x53])

function isWithinCopy(kind: number | undefined): boolean {
  return kind === COPY_OUT_RESPONSE || ASIDES.has(kind ?? 0)
}

// PostgreSQL's "COPY", "Binary Format": a row is the count of its columns, in two bytes, then each with its length
// in four. A header of 19 bytes stands before the first; behind the last, where a count would be, is -1.
const BINARY_LEAD_BYTES = 2 + 4
const BINARY_HEADER_BYTES = 19
const BINARY_TRAILER_BYTES = 2

function leadBytes(content: number, isFirst: boolean): number {
  if (content <= BINARY_TRAILER_BYTES) return content
  // Of no rows the header comes with the trailer.
  return Math.min(content, isFirst ? BINARY_HEADER_BYTES + BINARY_LEAD_BYTES : BINARY_LEAD_BYTES)
}

/** What a connection of `pg` lets a query do with the socket. */
interface Connection {
  readonly stream: Socket
  query(text: string): void
}

/**
 * A `COPY … TO STDOUT` as a stream of its bytes, handed to `client.query`. PostgreSQL sends a message for each row; a
 * stream that takes each for itself costs a second of CPU per million rows. This one closes the gaps where the
 * headers were, inside of the chunk that the socket gave, and passes the chunk on.
 */
export class CopyOutQuery extends Readable implements pg.Submittable {
  readonly text: string
  readonly #isBinary: boolean
  /** Rows copied, as the server counts them; valid once the stream has ended. */
  rowCount = 0
  #connection: Connection | undefined
  #protocol: ((bytes: Uint8Array) => void) | undefined
  readonly #onData = (chunk: Buffer): void => this.#take(chunk)
  /** A header that a chunk's end has cut. */
  #cut = Buffer.alloc(0)
  /** Bytes before the present row that are still to come, and to be passed over. */
  #leadBytesLeft = 0
  /** Bytes of the present row that are still to come. */
  #rowBytesLeft = 0
  #isFirst = true

  /** `isBinary` is of one column. */
  constructor(text: string, isBinary: boolean) {
    super()
    this.text = text
    this.#isBinary = isBinary
  }

  submit(connection: pg.Connection): void {
    const held = connection as unknown as Connection
    const [protocol] = held.stream.listeners('data') as ((bytes: Uint8Array) => void)[]
    if (protocol === undefined) throw new Error('the connection has no reader of its own')
    this.#protocol = protocol
    this.#connection = held
    held.stream.off('data', protocol)
    held.stream.on('data', this.#onData)
    held.query(this.text)
  }

  override _read(): void {
    this.#connection?.stream.resume()
  }

  #take(chunk: Buffer): void {
    const bytes = this.#cut.length === 0 ? chunk : Buffer.concat([this.#cut, chunk])
    this.#cut = Buffer.alloc(0)
    const { written, end } = this.#closeGaps(bytes)
    if (written > 0 && !this.push(bytes.subarray(0, written))) this.#connection?.stream.pause()
    // The rows first: what follows them may end this stream.
    if (end !== undefined) this.#leave(end)
  }

  /** Moves the rows of a chunk to its front. Tells how many bytes they are, and what came when COPY had ended. */
  #closeGaps(bytes: Buffer): { readonly written: number; readonly end?: Buffer } {
    let written = 0
    let at = 0
    while (at < bytes.length) {
      if (this.#leadBytesLeft > 0) {
        const passed = Math.min(bytes.length - at, this.#leadBytesLeft)
        this.#leadBytesLeft -= passed
        at += passed
        continue
      }
      if (this.#rowBytesLeft > 0) {
        const end = Math.min(bytes.length, at + this.#rowBytesLeft)
        if (at > written) bytes.copyWithin(written, at, end)
        written += end - at
        this.#rowBytesLeft -= end - at
        at = end
        continue
      }
      if (bytes.length - at < HEADER_BYTES) {
        this.#cut = Buffer.from(bytes.subarray(at))
        break
      }
      const content = bytes.readUInt32BE(at + 1) - 4
      if (bytes[at] === COPY_DATA) {
        this.#beginRow(content)
        at += HEADER_BYTES
        continue
      }
      if (!isWithinCopy(bytes[at])) return { written, end: Buffer.from(bytes.subarray(at)) }
      const end = at + HEADER_BYTES + content
      if (end > bytes.length) {
        this.#cut = Buffer.from(bytes.subarray(at))
        break
      }
      if (bytes[at] !== COPY_OUT_RESPONSE) this.#protocol?.(Buffer.from(bytes.subarray(at, end)))
      at = end
    }
    return { written }
  }

  #beginRow(content: number): void {
    this.#leadBytesLeft = this.#isBinary ? leadBytes(content, this.#isFirst) : 0
    this.#rowBytesLeft = content - this.#leadBytesLeft
    this.#isFirst = false
  }

  /** Gives the connection back to the protocol's own reader, which also learns of errors. */
  #leave(rest: Buffer): void {
    const { stream } = this.#connection ?? {}
    const protocol = this.#protocol
    if (stream === undefined || protocol === undefined) return
    stream.off('data', this.#onData)
    stream.on('data', protocol)
    // Whatever a slow reader of this stream had paused.
    stream.resume()
    this.#connection = undefined
    protocol(rest)
  }

  /** A reader that leaves before the end costs the connection: nothing else makes the server stop at once. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection?.stream.destroy()
    this.#connection = undefined
    done(error)
  }

  handleError(error: Error): void {
    this.destroy(error)
  }

  handleCommandComplete(message: { readonly text?: string }): void {
    this.rowCount = Number(/^COPY (\d+)/.exec(message.text ?? '')?.[1] ?? 0)
  }

  handleReadyForQuery(): void {
    this.push(null)
  }
}
