import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../domain/failure.ts'
import { startThread } from '../threads/thread.ts'
import type { Cancel } from './database.ts'
import { copyPreparedCluster } from './prepared-cluster.ts'

export interface EmbeddedPostgres {
  /** Where its socket `.s.PGSQL.5432` lies; what a connection takes as host. */
  readonly socketFolder: string
  /**
   * Ends the statement that runs at its next read or write of a file. Any statement on more than the engine's 16 MB of
   * buffers makes one. Undefined if this PGlite cannot.
   */
  readonly cancel: Cancel | undefined
  stop(): Promise<void>
}

// A Unix socket's path holds 107 bytes on Linux, 103 on macOS.
const SOCKET_FOLDER_BYTES_MAX = 85

// One is in use at a time (see embedded-database.ts); the others are on their way out.
const SOCKETS_MAX = 16

// A thread that has not stopped by then is in the middle of a statement; ending it is what a kill would do, and
// the next start recovers from that.
const STOP_SECONDS_MAX = 4

/**
 * Starts PostgreSQL (PGlite) on the files of a folder, in a thread of its own, behind a Unix socket that only
 * this user can reach. The caller holds the folder's lock: two processes on it would corrupt it. The first start copies
 * the prepared cluster; without one PostgreSQL makes a new one, which takes some four seconds. Fails with
 * `database_unavailable`. `onDeath` is called when the thread ends by itself: no query is answered any more.
 */
export async function startEmbedded(
  folder: string,
  onDeath: (reason: unknown) => void = () => undefined,
): Promise<EmbeddedPostgres> {
  await prepareEmbedded(folder)
  const dataFolder = dataFolderIn(folder)
  const socket = await socketFolderFor(folder)
  const socketPath = join(socket.folder, '.s.PGSQL.5432')
  // Whoever was killed left it behind, and nobody can listen where it lies.
  await rm(socketPath, { force: true })
  // Memory that both threads see: the engine's thread gets no messages while a statement runs.
  const cancelling = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  const thread = startThread(new URL('./embedded-worker.js', import.meta.url), {
    order: { dataFolder, socketPath, connectionsMax: SOCKETS_MAX, cancelling },
    stopSeconds: STOP_SECONDS_MAX,
    onDeath,
  })
  const removeSocket = (): Promise<void> =>
    rm(socket.isPrivate ? socket.folder : socketPath, { recursive: true, force: true })
  try {
    await thread.ready
  } catch (cause) {
    await removeSocket()
    throw new Failure('database_unavailable', 'The embedded database cannot start.', { cause })
  }
  const stop = async (): Promise<void> => {
    try {
      await thread.stop()
    } finally {
      await removeSocket()
    }
  }
  return { socketFolder: socket.folder, cancel: cancelOf(cancelling), stop }
}

/** The engine's thread looks at the first number, and has set the second if it can cancel. */
function cancelOf(cancelling: Int32Array): Cancel | undefined {
  if (Atomics.load(cancelling, 1) === 0) return undefined
  return (statement) => {
    Atomics.store(cancelling, 0, 1)
    const ended = (): void => void Atomics.store(cancelling, 0, 0)
    statement.then(ended, ended)
  }
}

function dataFolderIn(folder: string): string {
  return join(folder, 'pgdata')
}

/**
 * Makes a folder ready for the engine, as each start does first. True if the folder held no database: then it holds a
 * copy of the prepared cluster now.
 */
export async function prepareEmbedded(folder: string): Promise<boolean> {
  const dataFolder = dataFolderIn(folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (!(await isFirstStart(folder))) return false
  if (!(await copyPreparedCluster(dataFolder))) await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  return true
}

async function isFirstStart(folder: string): Promise<boolean> {
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
