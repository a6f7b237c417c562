import { type Files, newFiles, type Stage, type WrittenFile } from './export-files.ts'
import { newStdout } from './export-stdout.ts'
import { newArrays } from './json-arrays.ts'

export interface Writing {
  /** Standard output if undefined or `-`. */
  readonly output?: string | undefined
  /** The source is NDJSON, and becomes a JSON array. */
  readonly isArray?: boolean
  /** With `isArray`: several files, each with an array of at most this many bytes. */
  readonly maxBytes?: number | undefined
  readonly signal: AbortSignal
}

/**
 * Files have temporary names until all of the source is written, so a failure leaves none. Fails with
 * `file_unwritable`, or as the source fails.
 */
export async function writeOut(
  source: AsyncIterable<Buffer> | Iterable<Buffer>,
  { output = '-', isArray = false, maxBytes, signal }: Writing,
): Promise<readonly WrittenFile[]> {
  const files = output === '-' ? undefined : await filesAt(output, maxBytes !== undefined)
  const place: Stage & Partial<Pick<Files, 'next'>> = files ?? newStdout()
  const stage = isArray ? newArrays(place, { maxBytes }) : place
  try {
    for await (const chunk of source) {
      signal.throwIfAborted()
      await stage.write(chunk)
    }
    await stage.end()
    return (await files?.publish()) ?? []
  } catch (error) {
    await files?.discard()
    throw error
  }
}

function filesAt(path: string, isSeries: boolean): Promise<Files> {
  return newFiles({ path, jobId: String(process.pid), isSeries })
}

/** Joins texts to large chunks, because each write takes time of its own. */
export async function* chunksOf(texts: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Buffer> {
  let held: string[] = []
  let length = 0
  for await (const text of texts) {
    held.push(text)
    length += text.length
    if (length < CHUNK_LENGTH) continue
    yield Buffer.from(held.join(''))
    held = []
    length = 0
  }
  if (held.length > 0) yield Buffer.from(held.join(''))
}

const CHUNK_LENGTH = 128 * 1024
