import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Failure } from '../domain/failure.ts'
import { copyPreparedCluster } from './prepared-cluster.ts'

export interface EmbeddedPostgres {
  /** Where its socket `.s.PGSQL.5432` lies; what a connection takes as host. */
  readonly socketFolder: string
  stop(): Promise<void>
}

// A Unix socket's path holds 107 bytes on Linux, 103 on macOS.
const SOCKET_FOLDER_BYTES_MAX = 85

// One is in use at a time (see embedded-database.ts); the others are on their way out.
const SOCKETS_MAX = 16

// A thread that has not stopped by then is in the middle of a statement; ending it is what a kill would do, and
// the next start recovers from that.
const STOP_MS_MAX = 4_000

/**
 * Starts PostgreSQL (PGlite) on the files of a folder, in a thread of its own, behind a Unix socket that only
 * this user can reach. The caller holds the folder's lock: two processes on it would corrupt it. The first start copies
 * the prepared cluster; without one PostgreSQL makes a new one, which takes some four seconds. Fails with
 * `database_unavailable`.
 */
export async function startEmbedded(folder: string): Promise<EmbeddedPostgres> {
  const dataFolder = dataFolderIn(folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await isFirstStart(folder)) && !(await copyPreparedCluster(dataFolder)))
    await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const socket = await socketFolderFor(folder)
  const socketPath = join(socket.folder, '.s.PGSQL.5432')
  // Whoever was killed left it behind, and nobody can listen where it lies.
  await rm(socketPath, { force: true })
  const worker = new Worker(new URL('./embedded-worker.js', import.meta.url), {
    workerData: { dataFolder, socketPath, connectionsMax: SOCKETS_MAX },
  })
  const ended = endOf(worker)
  const stop = async (): Promise<void> => {
    worker.postMessage({ stop: true })
    const late = setTimeout(() => worker.terminate(), STOP_MS_MAX)
    await ended
    clearTimeout(late)
    await rm(socket.isPrivate ? socket.folder : socketPath, { recursive: true, force: true })
  }
  const ready = new Promise<undefined>((resolve) => worker.once('message', () => resolve(undefined)))
  const cause = await Promise.race([ready, ended])
  if (cause !== undefined) {
    await stop()
    throw new Failure('database_unavailable', 'The embedded database cannot start.', { cause })
  }
  return { socketFolder: socket.folder, stop }
}

function dataFolderIn(folder: string): string {
  return join(folder, 'pgdata')
}

/** Whether a folder holds no database yet. */
export async function isFirstStart(folder: string): Promise<boolean> {
  return readdir(dataFolderIn(folder)).then(
    (names) => names.length === 0,
    () => true,
  )
}

async function socketFolderFor(folder: string): Promise<{ folder: string; isPrivate: boolean }> {
  const inside = join(folder, 'socket')
  if (Buffer.byteLength(inside) > SOCKET_FOLDER_BYTES_MAX) {
    return { folder: await mkdtemp(join(tmpdir(), 'muster-')), isPrivate: true }
  }
  await mkdir(inside, { recursive: true })
  // Also when the folder was there before: the socket asks for no password.
  await chmod(inside, 0o700)
  return { folder: inside, isPrivate: false }
}

// Resolves, with the reason, when the thread has ended: an error that nobody listens for would end the process.
function endOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve) => {
    let reason: unknown
    worker.on('error', (error) => {
      reason = error
    })
    worker.on('exit', (code) => resolve(reason ?? new Error(`the thread ended with code ${code}`)))
  })
}
