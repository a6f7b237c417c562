import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '../domain/failure.ts'
import type { Lent } from '../domain/lent.ts'
import { checkedKey } from '../domain/object-key.ts'
import type { ObjectStore, OpenObject } from './object-store.ts'
import { syncsAhead } from './syncs-ahead.ts'

const READ_CHUNK_BYTES = 256 * 1024

/**
 * A file is written under a temporary name, synced and renamed, and its folder is synced. So after a power cut the file
 * is there whole or not at all.
 *
 * The folder belongs to one process: what lies under temporary names at the start was left by a killed one and is
 * removed.
 */
export async function openDiskObjectStore(folder: string): Promise<ObjectStore> {
  const { objects, partials } = foldersIn(folder)
  await translated(async () => {
    await rm(partials, { recursive: true, force: true })
    await mkdir(partials, { recursive: true, mode: 0o700 })
    await mkdir(objects, { recursive: true, mode: 0o700 })
  })
  return diskObjectStore(folder)
}

/**
 * For the worker, in this thread or another one. It removes no unfinished files, because this process has opened the
 * folder before and may be writing them.
 */
export function diskObjectStore(folder: string): ObjectStore {
  const { objects, partials } = foldersIn(folder)
  return {
    put: async (key, source, signal) =>
      putFile({ from: join(partials, randomUUID()), to: join(objects, checkedKey(key)) }, source, signal),
    open: (key) => translated(() => openFile(join(objects, checkedKey(key)))),
    removeAll: (prefix) =>
      translated(() => rm(join(objects, checkedKey(prefix.slice(0, -1))), { recursive: true, force: true })),
    list: (prefix) => translated(() => namesIn(join(objects, checkedKey(prefix.slice(0, -1))))),
    probe: () => translated(() => probe(join(partials, randomUUID()))),
    // Nothing to do: the next start of the process that owns the folder removes unfinished files.
    removeUnfinished: async () => undefined,
  }
}

function foldersIn(folder: string): { objects: string; partials: string } {
  return { objects: join(folder, 'finished'), partials: join(folder, 'unfinished') }
}

async function putFile(
  path: { from: string; to: string },
  source: AsyncIterable<Lent>,
  signal: AbortSignal,
): Promise<void> {
  const file = await translated(() => open(path.from, 'wx', 0o600))
  const keepSynced = syncsAhead(file)
  let name = path.from
  try {
    for await (const { bytes, release } of source) {
      try {
        signal.throwIfAborted()
        await translated(() => writeAll(file, bytes))
      } finally {
        release()
      }
      keepSynced.wrote(bytes.length)
    }
    signal.throwIfAborted()
    await translated(async () => {
      await keepSynced.ended()
      await file.sync()
      await file.close()
      await mkdir(dirname(path.to), { recursive: true, mode: 0o700 })
      await rename(path.from, path.to)
      name = path.to
      await syncFolders(dirname(path.to))
    })
  } catch (error) {
    await file.close().catch(() => undefined)
    // A disk that refuses this too must not hide the first error. The sweeper removes the file with its job.
    await rm(name, { force: true }).catch(() => undefined)
    throw error
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, at)
    at += bytesWritten
  }
}

// A new name is durable only after its folder was synced. The folders above may be new too: a key is
// `jobs/{job}/{run}/{file}`. So the folders that hold their names are synced as well, up to that of `jobs`.
async function syncFolders(folder: string): Promise<void> {
  const job = dirname(folder)
  const folders = [folder, job, dirname(job), dirname(dirname(job))]
  for (const path of folders) {
    const handle = await open(path, 'r')
    await handle.sync().finally(() => handle.close())
  }
}

async function openFile(path: string): Promise<OpenObject | undefined> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (file === undefined) return undefined
  const stat = await file.stat()
  return {
    bytes: stat.size,
    etag: `"${stat.ino.toString(16)}-${stat.size.toString(16)}-${Math.trunc(stat.mtimeMs).toString(16)}"`,
    read: (start, end) => readFrom(file, start, end),
    close: () => file.close(),
  }
}

async function* readFrom(file: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at <= end; ) {
    const length = Math.min(READ_CHUNK_BYTES, end - at + 1)
    const { bytesRead, buffer } = await translated(() => file.read(Buffer.allocUnsafe(length), 0, length, at))
    if (bytesRead === 0)
      throw new Failure('object_store_unavailable', 'A file in the object store has been cut short.')
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function probe(path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.write('.')
    await file.sync()
  } finally {
    await file.close()
    await rm(path, { force: true })
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

// An operator can repair these problems, so the message names each. The codes are the operating system's.
const BY_CODE: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full.',
  EDQUOT: 'The disk quota is used up.',
  EROFS: 'The disk is read-only.',
  EACCES: 'The data folder may not be written or read.',
  EPERM: 'The data folder may not be written or read.',
  EIO: 'The disk reports an error.',
  EMFILE: 'The process has too many files open.',
  ENFILE: 'The machine has too many files open.',
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const kind = BY_CODE[code] ?? 'The object store cannot be used.'
    throw new Failure('object_store_unavailable', `${kind} Try again later.`, { cause: error })
  }
}
