/** The bytes of one entry in the file. */
export interface Piece {
  readonly line: number
  /** Undefined if the entry is too long. */
  readonly bytes: Buffer | undefined
}

/**
 * Cuts the text into entries. The pieces do not depend on how the text was cut into chunks. `cut` and `end` fail with
 * `import_unreadable` if no more piece can be found.
 */
export interface Cutter {
  /** The pieces that end in this chunk. */
  cut(chunk: Buffer): Generator<Piece>
  /** The last piece, when the text has ended. */
  end(): Iterable<Piece>
  /** For tests: how much memory it holds between chunks. */
  bytesKept(): number
}
