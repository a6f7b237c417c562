import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Failure } from '../domain/failure.ts'

export interface EmbeddedPostgres {
  /** Where its socket `.s.PGSQL.5432` lies; what a connection takes as host. */
  readonly socketFolder: string
  stop(): Promise<void>
}

// A Unix socket's path holds 107 bytes on Linux, 103 on macOS.
const SOCKET_FOLDER_BYTES_MAX = 85

// One is in use at a time (see EMBEDDED_CONNECTIONS_MAX); the others are on their way out.
const SOCKETS_MAX = 16

/**
 * The embedded engine has one session, and its socket server puts the messages of several connections into it
 * one by one: the halves of two statements would meet. So the pool has one connection, and statements wait
 * in the pool for one another.
 */
export const EMBEDDED_CONNECTIONS_MAX = 1

/**
 * Starts PostgreSQL (PGlite) on the files of a folder, in a thread of its own, behind a Unix socket that only
 * this user can reach. The caller holds the folder's lock: two processes on it would corrupt it. The first
 * start takes a few seconds.
 */
export async function startEmbedded(folder: string): Promise<EmbeddedPostgres> {
  const dataFolder = join(folder, 'pgdata')
  const socketFolder = await socketFolderFor(folder)
  const socketPath = join(socketFolder, '.s.PGSQL.5432')
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  await rm(socketPath, { force: true })
  const worker = new Worker(new URL('./embedded-worker.js', import.meta.url), {
    workerData: { dataFolder, socketPath, connectionsMax: SOCKETS_MAX },
  })
  await heard(worker)
  return {
    socketFolder,
    stop: async () => {
      worker.postMessage({ stop: true })
      await heard(worker)
      await worker.terminate()
      await rm(socketPath, { force: true })
    },
  }
}

async function socketFolderFor(folder: string): Promise<string> {
  const inside = join(folder, 'socket')
  if (Buffer.byteLength(inside) > SOCKET_FOLDER_BYTES_MAX) return mkdtemp(join(tmpdir(), 'muster-'))
  await mkdir(inside, { recursive: true, mode: 0o700 })
  return inside
}

// The worker's next word, or its end.
function heard(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(new Failure('database_unavailable', 'The embedded database cannot run.', { cause }))
    worker.once('message', resolve)
    worker.once('error', fail)
    worker.once('exit', fail)
  })
}
