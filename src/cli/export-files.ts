import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Begun, Sink } from '../client/download.ts'
import { Failure } from '../domain/failure.ts'
import { numbered } from './export-place.ts'
import { unwritable } from './unwritable.ts'

/** A sink that must know when the file ends, for example to flush it. */
export interface Stage extends Sink {
  end(): Promise<void>
}

export interface WrittenFile {
  readonly path: string
  readonly bytes: number
}

/** For people: the name of one file, or those of the first and the last of a series. */
export function nameOf(files: readonly Pick<WrittenFile, 'path'>[]): string {
  const [first, last] = [files.at(0)?.path, files.at(-1)?.path]
  return first === last ? String(first) : `${first} to ${last}`
}

/** Files have temporary names until `publish`, so that no incomplete file has the name that was asked for. */
export interface Files extends Stage {
  /** Later bytes go into the next file of the series. */
  next(): Promise<void>
  /** Gives the files their names, so that even a power failure does not take them. */
  publish(): Promise<readonly WrittenFile[]>
  discard(): Promise<void>
  /** Leaves the temporary file as it is, for a later run. */
  keep(): Promise<void>
}

export interface FilesOptions {
  readonly path: string
  /** Part of the temporary name, so that a later run knows what the file belongs to. */
  readonly jobId: string
  /** For --max-bytes: each file has a number in its name. */
  readonly isSeries: boolean
  /** What an earlier run has written. New bytes are appended to it. */
  readonly begun?: Begun | undefined
}

interface Part {
  readonly path: string
  readonly temporary: string
  readonly handle: FileHandle
  bytes: number
}

export function temporaryOf(path: string, jobId: string): string {
  return `${path}.${jobId}.part`
}

/** Undefined if no earlier run has downloaded a part of this job to this path. */
export async function begunAt(path: string, jobId: string): Promise<Begun | undefined> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of createReadStream(temporaryOf(path, jobId)) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
    }
  } catch {
    return undefined
  }
  return bytes === 0 ? undefined : { bytes, hash }
}

/** Fails with `file_unwritable`. */
export async function newFiles({ path, jobId, isSeries, begun }: FilesOptions): Promise<Files> {
  if (isSeries) await refuseEarlierSeries(numbered(path, 1))
  const parts: Part[] = []
  const add = async (bytes = 0): Promise<Part> => {
    const name = isSeries ? numbered(path, parts.length + 1) : path
    const part = await newPart(name, jobId, bytes)
    parts.push(part)
    return part
  }
  let current = await add(begun?.bytes)
  const close = async (): Promise<void> => {
    for (const { handle } of parts) await handle.close().catch(() => undefined)
  }
  const discard = async (): Promise<void> => {
    await close()
    for (const { temporary } of parts.splice(0)) await rm(temporary, { force: true })
  }
  return {
    write: async (chunk) => {
      await writable(current, ({ handle }) => handle.writeFile(chunk))
      current.bytes += chunk.length
    },
    restart: async () => {
      await discard()
      current = await add()
    },
    next: async () => {
      // A series may have thousands of files, and a process may have a thousand open.
      await flushed(current)
      current = await add()
    },
    end: () => flushed(current),
    publish: async () => {
      for (const part of parts) await writable(part, () => rename(part.temporary, part.path))
      await syncFolder(dirname(path))
      return parts.map(({ path: name, bytes }) => ({ path: name, bytes }))
    },
    discard,
    keep: close,
  }
}

/** A shorter series would leave the last files of a longer one among its own. */
async function refuseEarlierSeries(first: string): Promise<void> {
  if (await isThere(first))
    throw new Failure(
      'file_unwritable',
      `${first} is of an earlier export. Remove its files, or choose another place with --output.`,
    )
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}

async function newPart(path: string, jobId: string, bytes: number): Promise<Part> {
  const temporary = temporaryOf(path, jobId)
  try {
    return { path, temporary, handle: await open(temporary, bytes === 0 ? 'w' : 'a'), bytes }
  } catch (cause) {
    throw unwritable(temporary, cause)
  }
}

async function flushed(part: Part): Promise<void> {
  await writable(part, async ({ handle }) => {
    await handle.sync()
    await handle.close()
  })
}

async function writable(part: Part, work: (part: Part) => Promise<void>): Promise<void> {
  try {
    await work(part)
  } catch (cause) {
    throw unwritable(part.path, cause)
  }
}

/** Without this a power failure could undo the renames. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
