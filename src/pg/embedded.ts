import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../domain/failure.ts'
import { startThread } from '../threads/thread.ts'
import type { Cancel } from './database.ts'
import { copyPreparedCluster } from './prepared-cluster.ts'

export interface EmbeddedPostgres {
  /** Drivers take the folder of the socket in place of a host. */
  readonly socketFolder: string
  /**
   * Ends the running statement when it next reads or writes a file. Every statement on more data than the 16 MB of the
   * engine's buffers does that. Undefined if this version of PGlite cannot.
   */
  readonly cancel: Cancel | undefined
  stop(): Promise<void>
}

// The path of a Unix socket has at most 103 bytes on macOS, and `/.s.PGSQL.5432` takes 14 of them. Four bytes are kept
// free. The socket of a longer data folder is in the temporary folder.
const SOCKET_FOLDER_BYTES_MAX = 85

// One connection is in use at a time (embedded-database.ts), but some more may still be closing.
const SOCKETS_MAX = 16

// A thread that takes longer to stop is running a statement. It is ended as by a kill, and PostgreSQL recovers at the
// next start. Muster must exit within 10 s of SIGTERM, which leaves no time for more.
const STOP_SECONDS_MAX = 4

/**
 * The engine (PGlite) runs in its own thread, behind a Unix socket that only this user can reach. The caller holds the
 * folder's lock: two processes would corrupt the files. Without a prepared cluster the first start takes about four
 * seconds longer. Fails with `database_unavailable`. After `onDeath` no query gets an answer any more.
 */
export async function startEmbedded(
  folder: string,
  onDeath: (reason: unknown) => void = () => undefined,
): Promise<EmbeddedPostgres> {
  await prepareEmbedded(folder)
  const dataFolder = dataFolderIn(folder)
  const socket = await socketFolderFor(folder)
  const socketPath = join(socket.folder, '.s.PGSQL.5432')
  // A process that was killed leaves its socket behind, and a new one cannot listen on that path.
  await rm(socketPath, { force: true })
  // Shared memory, since the engine's thread reads no messages while a statement runs.
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

/** True if the folder held no database before. The first start is slow, so its caller makes a key meanwhile. */
export async function prepareEmbedded(folder: string): Promise<boolean> {
  const dataFolder = dataFolderIn(folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = await readdir(dataFolder).catch(() => [])
  if (names.length > 0) return false
  if (!(await copyPreparedCluster(dataFolder))) await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  return true
}

async function socketFolderFor(folder: string): Promise<{ folder: string; isPrivate: boolean }> {
  const inside = join(folder, 'socket')
  if (Buffer.byteLength(inside) > SOCKET_FOLDER_BYTES_MAX) {
    return { folder: await mkdtemp(join(tmpdir(), 'muster-')), isPrivate: true }
  }
  await mkdir(inside, { recursive: true })
  // Also for a folder that already existed: the socket asks for no password, so only this user may reach it.
  await chmod(inside, 0o700)
  return { folder: inside, isPrivate: false }
}
