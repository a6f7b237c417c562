import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { DEFAULT_LIMITS } from '../decode/decode-options.ts'
import { plainBytes, withHead } from '../decode/plain-bytes.ts'
import { shownFormat } from '../decode/shown-format.ts'
import { Failure } from '../domain/failure.ts'
import type { ImportFormat } from '../domain/import-request.ts'

/** A users file on this machine, as it was when the run began. */
export interface UsersFile {
  /** What the person calls it: the path as typed, `-` for standard input, or the connection of a copy. */
  readonly name: string
  readonly path: string
  readonly format: ImportFormat
  readonly bytes: number
  readonly modifiedMs: number
}

/** Fails with `usage_invalid` if the file cannot be read, or if its format cannot be guessed. */
export async function usersFileAt(
  path: string,
  { name, format }: { readonly name: string; readonly format?: ImportFormat | undefined },
): Promise<UsersFile> {
  try {
    const { size, mtimeMs } = await stat(path)
    return {
      name,
      path,
      format: format ?? (await guessedFormat(path, name)),
      bytes: size,
      modifiedMs: mtimeMs,
    }
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('usage_invalid', `The file ${name} cannot be read: ${messageOf(cause)}`, { cause })
  }
}

/** Exactly the bytes that the run began with, even if the file grows meanwhile. */
export function openUsersFile({ path, bytes }: UsersFile): Readable {
  return createReadStream(path, bytes === 0 ? {} : { end: bytes - 1 })
}

/** A run that goes on needs the same file. Fails with `run_unusable`. */
export async function refuseChanged({ name, path, bytes, modifiedMs }: UsersFile): Promise<void> {
  const now = await stat(path).catch(() => undefined)
  if (now !== undefined && now.size === bytes && now.mtimeMs === modifiedMs) return
  const what = now === undefined ? 'is gone' : 'has changed'
  throw new Failure(
    'run_unusable',
    `The file ${name} ${what} since the run began, so the run cannot go on. \
Bring the file back as it was, or import the new file with --upsert.`,
  )
}

// The first character decides, not the extension: Auth0's export of NDJSON is called .json.gz.
async function guessedFormat(path: string, name: string): Promise<ImportFormat> {
  const shown = await formatShownBy(path)
  if (shown !== undefined) return shown
  if (/\.csv(?:\.gz)?$/i.test(name)) return 'csv'
  throw new Failure(
    'usage_invalid',
    `The format of ${name} cannot be guessed. Give --format ndjson, json or csv.`,
  )
}

async function formatShownBy(path: string): Promise<ImportFormat | undefined> {
  const source = createReadStream(path)
  try {
    for await (const head of withHead(plainBytes(source, DEFAULT_LIMITS), HEAD_BYTES))
      return shownFormat(head)
  } finally {
    source.destroy()
  }
  return undefined
}

const HEAD_BYTES = 1024

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
