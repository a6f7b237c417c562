import {
  type Cutter,
  elementCutter,
  joined,
  lineCutter,
  type Piece,
  recordCutter,
  type Wanted,
} from './cut-file.ts'
import type { FileFormat } from './look-at-file.ts'
import { hasMark, plainChunks } from './read-file.ts'

/** An entry that the import refused, as its report shows it. */
export interface RefusedEntry {
  readonly line: number
  readonly user: unknown
}

export interface CutWish {
  readonly format: FileFormat
  readonly delimiter: string
  /** False for CSV whose columns the request named. */
  readonly hasHeader: boolean
  readonly refused: readonly RefusedEntry[]
  readonly signal: AbortSignal
  /** How many unpacked bytes were read. */
  onRead?(bytes: number): void
}

const BLANK_LINES_MAX = 16

/**
 * The refused entries of a users file, byte for byte as they stand in it, as a file of the same format. Undefined if not
 * every refused entry is found: the file is another one, or several users of a JSON array share a line and the report
 * does not say which of them was refused.
 */
export async function refusedLines(file: Blob, wish: CutWish): Promise<Blob | undefined> {
  const lines = new Set(wish.refused.map(({ line }) => line))
  const isCsv = wish.format === 'csv' && wish.hasHeader
  // The header is the first line that is not blank.
  const wanted: Wanted = (line) => lines.has(line) || (isCsv && line <= BLANK_LINES_MAX)
  const { pieces, mark } = await piecesOf(file, cutterFor(wish, wanted), wish)
  const header = isCsv ? pieces[0] : undefined
  const rest = pieces.filter((piece) => piece !== header && lines.has(piece.line))
  const chosen = choose(rest, wish.refused)
  if (chosen === undefined) return undefined
  const parts = chosen.map(({ bytes }) => bytes as Uint8Array<ArrayBuffer>)
  if (wish.format === 'json') return new Blob(['[\n', ...between(parts, ',\n'), '\n]\n'])
  const all = header === undefined ? parts : [header.bytes as Uint8Array<ArrayBuffer>, ...parts]
  return new Blob([...(mark ? ['\ufeff'] : []), ...between(all, '\n'), '\n'])
}

function between(parts: readonly BlobPart[], mark: string): BlobPart[] {
  return parts.flatMap((part, at) => (at === 0 ? [part] : [mark, part]))
}

function cutterFor({ format, delimiter }: CutWish, wanted: Wanted): Cutter {
  if (format === 'json') return elementCutter(wanted)
  return format === 'csv' ? recordCutter(wanted, delimiter) : lineCutter(wanted)
}

async function piecesOf(file: Blob, cutter: Cutter, { signal, onRead }: CutWish) {
  const pieces: Piece[] = []
  let [read, mark] = [0, false]
  for await (const chunk of withHead(plainChunks(file), 3)) {
    signal.throwIfAborted()
    if (read === 0) mark = hasMark(chunk)
    pieces.push(...cutter.cut(read === 0 && mark ? chunk.subarray(3) : chunk))
    read += chunk.length
    onRead?.(read)
  }
  return { pieces: [...pieces, ...cutter.end()], mark }
}

/** The first chunk has at least `bytes` bytes, if the file has them. */
async function* withHead(source: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0)
  for await (const chunk of source) {
    const next: Uint8Array = head === undefined ? chunk : joined([head, chunk])
    head = head !== undefined && next.length < bytes ? next : undefined
    if (head === undefined) yield next
  }
  if (head !== undefined && head.length > 0) yield head
}

function choose(pieces: readonly Piece[], refused: readonly RefusedEntry[]): readonly Piece[] | undefined {
  const reported = byLine(refused)
  const found = byLine(pieces)
  const chosen: Piece[] = []
  for (const [line, entries] of reported) {
    const here = found.get(line) ?? []
    if (here.length < entries.length) return undefined
    const some = here.length === entries.length ? here : alike(here, entries)
    if (some === undefined) return undefined
    chosen.push(...some)
  }
  return chosen
}

function byLine<T extends { readonly line: number }>(
  entries: readonly T[],
): ReadonlyMap<number, readonly T[]> {
  const lines = new Map<number, T[]>()
  for (const entry of entries) {
    const here = lines.get(entry.line)
    if (here === undefined) lines.set(entry.line, [entry])
    else here.push(entry)
  }
  return lines
}

/** Several users begin in this line, and some of them were refused: those that the report shows member by member. */
function alike(pieces: readonly Piece[], entries: readonly RefusedEntry[]): readonly Piece[] | undefined {
  const wanted = new Map<string, number>()
  for (const { user } of entries) {
    const text = canonical(user)
    wanted.set(text, (wanted.get(text) ?? 0) + 1)
  }
  const chosen = pieces.filter(({ bytes }) => {
    const text = canonical(parsed(bytes))
    const left = wanted.get(text) ?? 0
    if (left > 0) wanted.set(text, left - 1)
    return left > 0
  })
  return chosen.length === entries.length ? chosen : undefined
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** Equal for values that differ only in the order of members. */
function canonical(value: unknown): string {
  const sorted = JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? ['{}', ...Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))]
      : inner,
  )
  return sorted ?? 'no JSON'
}
