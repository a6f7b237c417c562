/** The part of a file that holds one entry, as bytes; undefined where they are too many to be held. */
export interface Piece {
  readonly line: number
  readonly bytes: Buffer | undefined
}

/** Finds where entries begin and end. Handed the text in any cut, it gives the same pieces. */
export interface Cutter {
  /** The pieces that end in this chunk. Fails with `import_unreadable` when no further piece can be found. */
  cut(chunk: Buffer): Generator<Piece>
  /** What remains when the text has ended. Fails in the same way. */
  end(): Iterable<Piece>
  /** What it holds of memory between chunks. */
  bytesKept(): number
}
