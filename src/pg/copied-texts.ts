// PostgreSQL's protocol, "Message Formats": one byte for the kind, then four for the length.
const HEADER_BYTES = 5
const COPY_DATA = 0x64
const COPY_OUT_RESPONSE = 0x48
/** Notification, notice and parameter status: these messages may stand between CopyData messages. */
const ASIDES: ReadonlySet<number> = new Set([0x41, 0x4e, 0x53])

// PostgreSQL's "COPY", "Binary Format": a row is the count of its columns in two bytes, then each column with its
// length in four. A header of 19 bytes stands before the first row. After the last one, -1 takes the place of a count.
const ROW_LEAD_BYTES = 2 + 4
const NUMBER_BYTES = 4 + 8
const FORMAT_HEADER_BYTES = 19
const FORMAT_TRAILER_BYTES = 2

export interface Taken {
  /** The chunk begins with this many bytes of texts. */
  readonly textBytes: number
  readonly rest?: Buffer
}

/**
 * Reads a COPY in binary format of two columns, a text and a bigint below 2^32: it adds the numbers up, and moves the
 * texts of each chunk together. PostgreSQL sends each row as a message. One object for each message would cost a
 * second of CPU for a million rows.
 */
export class CopiedTexts {
  /** Grows while chunks are taken. It is read between chunks to report progress. */
  total = 0
  readonly #onAside: ((bytes: Buffer) => void) | undefined
  readonly #header: Buffer
  #headerBytes = 0
  #passedLeft = 0
  #textLeft = 0
  #numberLeft = 0
  #asideLeft = 0
  #number = 0
  #isFirst = true

  /**
   * @param onAside gets the messages that do not belong to the COPY, in pieces. Without it, `take` expects only the
   * contents of CopyData messages, as pg-copy-streams gives them.
   */
  constructor(onAside?: (bytes: Buffer) => void) {
    this.#onAside = onAside
    this.#header = Buffer.alloc(onAside === undefined ? ROW_LEAD_BYTES : HEADER_BYTES)
    if (onAside === undefined) this.#passedLeft = FORMAT_HEADER_BYTES
  }

  /** The bytes may be cut anywhere. The texts among them are moved to their front, so that no new buffer is needed. */
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

  #begin(): boolean {
    this.#headerBytes = 0
    if (this.#onAside !== undefined) return this.#beginMessage()
    // The trailer is shorter than this header, so it never gets here.
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
    // The header comes with the first row, or with the trailer if there is no row, so the length shows which it is.
    const before = this.#isFirst ? FORMAT_HEADER_BYTES : 0
    const isRow = content > before + FORMAT_TRAILER_BYTES
    this.#passedLeft = isRow ? before + ROW_LEAD_BYTES : content
    this.#numberLeft = isRow ? NUMBER_BYTES : 0
    this.#textLeft = content - this.#passedLeft - this.#numberLeft
    this.#isFirst = false
  }

  // The number is below 2^32, so only its last four bytes count.
  #takeNumber(byte: number): void {
    this.#number = (this.#number * 0x100 + byte) % 0x1_0000_0000
    this.#numberLeft--
    if (this.#numberLeft > 0) return
    this.total += this.#number
    this.#number = 0
  }
}
