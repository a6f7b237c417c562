export interface Piece {
  readonly line: number
  readonly bytes: Buffer | undefined
}

/**
 * The pieces must not depend on how the text was cut into chunks. `cut` and `end` fail with `import_unreadable` if the
 * rest of the text cannot be divided into pieces.
 */
export interface Cutter {
  cut(chunk: Buffer): Generator<Piece>
  end(): Iterable<Piece>
  bytesKept(): number
}
