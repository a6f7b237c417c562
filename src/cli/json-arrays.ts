import { Failure } from '../domain/failure.ts'
import type { Files, Stage } from './export-files.ts'

export interface ArraysOptions {
  /** Of each file. Undefined: one file of any size. */
  readonly maxBytes?: number | undefined
}

const LINE_FEED = 0x0a
const [OPEN, BETWEEN, CLOSE, EMPTY] = ['[\n', ',\n', '\n]\n', '[]\n'].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
]

/** From lines of NDJSON to JSON arrays, one element a line. Fails with `usage_invalid` for a user above `maxBytes`. */
export function newArrays(
  files: Stage & Partial<Pick<Files, 'next'>>,
  { maxBytes = Number.POSITIVE_INFINITY }: ArraysOptions,
): Stage {
  let rest: Buffer[] = []
  let bytes = 0
  let pieces: Buffer[] = []
  const flush = async (): Promise<void> => {
    if (pieces.length > 0) await files.write(Buffer.concat(pieces))
    pieces = []
  }
  const add = async (line: Buffer): Promise<void> => {
    const size = OPEN.length + line.length + CLOSE.length
    if (size > maxBytes) throw tooLarge(size, maxBytes)
    if (bytes > 0 && bytes + BETWEEN.length + line.length + CLOSE.length > maxBytes) {
      pieces.push(CLOSE)
      await flush()
      await files.next?.()
      bytes = 0
    }
    const before = bytes === 0 ? OPEN : BETWEEN
    pieces.push(before, line)
    bytes += before.length + line.length
  }
  return {
    write: async (chunk) => {
      let from = 0
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
        const line = chunk.subarray(from, at)
        await add(rest.length === 0 ? line : Buffer.concat([...rest, line]))
        rest = []
        from = at + 1
      }
      if (from < chunk.length) rest.push(chunk.subarray(from))
      await flush()
    },
    restart: async () => {
      rest = []
      pieces = []
      bytes = 0
      await files.restart()
    },
    end: async () => {
      if (rest.length > 0) await add(Buffer.concat(rest))
      pieces.push(bytes === 0 ? EMPTY : CLOSE)
      await flush()
      await files.end()
    },
  }
}

function tooLarge(size: number, maxBytes: number): Failure {
  return new Failure(
    'usage_invalid',
    `An array with one user has ${size} bytes, and --max-bytes allows ${maxBytes}. Give a larger --max-bytes, or fewer fields.`,
  )
}
