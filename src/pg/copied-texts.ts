// PostgreSQL's protocol, "Message Formats": a byte that tells the kind, then four that tell the length.
const HEADER_BYTES = 5
const COPY_DATA = 0x64
const COPY_OUT_RESPONSE = 0x48
/** May stand between CopyData messages: notification, notice, parameter status. */
const ASIDES: ReadonlySet<number> = new Set([0x41, 0x4e, 0x53])

// PostgreSQL's "COPY", "Binary Format": a row is the count of its columns, in two bytes, then each with its length
// in four. A header of 19 bytes stands before the first; behind the last, where a count would be, is -1.
const ROW_LEAD_BYTES = 2 + 4
const NUMBER_BYTES = 4 + 8
const FORMAT_HEADER_BYTES = 19
const FORMAT_TRAILER_BYTES = 2

/** What a chunk of what the server sends holds. */
export interface Taken {
  /** The texts are the chunk's first bytes; so many. */
  readonly textBytes: number
  /** Once COPY has ended, all from its last message on: the protocol's own reader's. */
  readonly rest?: Buffer
}

/**
 * Reads what the server sends for a COPY in binary format of two columns, a text and a bigint below 2^32: it adds
 * the numbers up, and moves the texts of each chunk together. Each message is a row. One object for each message would
 * cost a second of CPU for a million rows.
 */
export class CopiedTexts {
  /** The sum of the numbers so far. */
  total = 0
  readonly #onAside: ((bytes: Buffer) => void) | undefined
  /** Of the present message, or of the present row if rows come without messages. */
  readonly #header: Buffer
  #headerBytes = 0
  /** Bytes of the present message that are still to come: to be passed over, of its text, of its number, of an aside. */
  #passedLeft = 0
  #textLeft = 0
  #numberLeft = 0
  #asideLeft = 0
  /** What is known of the present row's number. */
  #number = 0
  #isFirst = true

  /**
   * @param onAside gets messages that have nothing to do with the COPY, in pieces. Without it the bytes are rows alone: what
   * CopyData messages hold.
   */
  constructor(onAside?: (bytes: Buffer) => void) {
    this.#onAside = onAside
    this.#header = Buffer.alloc(onAside === undefined ? ROW_LEAD_BYTES : HEADER_BYTES)
    if (onAside === undefined) this.#passedLeft = FORMAT_HEADER_BYTES
  }

  /** Takes the next bytes, cut anywhere, and moves the texts among them to the front. */
  take(bytes: Buffer): Taken {
    let textBytes = 0
    let at = 0
    while (at < bytes.length) {
      if (this.#passedLeft > 0) {
        const passed = Math.min(bytes.length - at, this.#passedLeft)
        this.#passedLeft -= passed
        at += passed
      } else if (this.#textLeft > 0) {
        const end = Math.min(bytes.length, at + this.#textLeft)
        if (at > textBytes) bytes.copyWithin(textBytes, at, end)
        this.#textLeft -= end - at
        textBytes += end - at
        at = end
      } else if (this.#numberLeft > 0) {
        this.#takeNumber(bytes[at++] ?? 0)
      } else if (this.#asideLeft > 0) {
        const end = Math.min(bytes.length, at + this.#asideLeft)
        this.#onAside?.(Buffer.from(bytes.subarray(at, end)))
        this.#asideLeft -= end - at
        at = end
      } else {
        this.#header[this.#headerBytes++] = bytes[at++] ?? 0
        if (this.#headerBytes === this.#header.length && !this.#begin()) {
          return { textBytes, rest: Buffer.concat([this.#header, bytes.subarray(at)]) }
        }
      }
    }
    return { textBytes }
  }

  /** False where the COPY has ended. */
  #begin(): boolean {
    this.#headerBytes = 0
    if (this.#onAside !== undefined) return this.#beginMessage()
    // The trailer is shorter than this header.
    this.#textLeft = this.#header.readUInt32BE(2)
    this.#numberLeft = NUMBER_BYTES
    return true
  }

  #beginMessage(): boolean {
    const kind = this.#header[0] ?? 0
    const content = this.#header.readUInt32BE(1) - 4
    if (kind === COPY_DATA) this.#beginRow(content)
    else if (kind === COPY_OUT_RESPONSE) this.#passedLeft = content
    else if (ASIDES.has(kind)) {
      this.#onAside?.(Buffer.from(this.#header))
      this.#asideLeft = content
    } else return false
    return true
  }

  #beginRow(content: number): void {
    // What stands before the first row comes with it, or with the trailer where there is none.
    const before = this.#isFirst ? FORMAT_HEADER_BYTES : 0
    const isRow = content > before + FORMAT_TRAILER_BYTES
    this.#passedLeft = isRow ? before + ROW_LEAD_BYTES : content
    this.#numberLeft = isRow ? NUMBER_BYTES : 0
    this.#textLeft = content - this.#passedLeft - this.#numberLeft
    this.#isFirst = false
  }

  // Its last four bytes are all that counts.
  #takeNumber(byte: number): void {
    this.#number = (this.#number * 0x100 + byte) % 0x1_0000_0000
    this.#numberLeft--
    if (this.#numberLeft > 0) return
    this.total += this.#number
    this.#number = 0
  }
}
