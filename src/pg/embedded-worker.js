import { closeSync, existsSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { runThread } from '../threads/inside.js'

// Plain JavaScript, so that Node can start it from the source and from the build.

/**
 * The part of Emscripten's file system that is used here. Emscripten ships no types.
 *
 * @typedef {{ nfd?: number, node: object }} Stream
 * @typedef {(...words: unknown[]) => number} Operation
 * @typedef {{ fsync?: (stream: Stream) => number, read: Operation, write: Operation }} Operations
 * @typedef {{ stream_ops: Operations, realPath(node: object): string }} NodeFiles
 */

/**
 * The engine's memory, and the addresses of two flags in it, which a signal handler of PostgreSQL sets. PostgreSQL's
 * loops look at `_InterruptPending`, and end the statement if `_QueryCancelPending` is set too.
 *
 * @typedef {{ HEAPU8: Uint8Array, _InterruptPending: number, _QueryCancelPending: number }} Interruptible
 */

/**
 * A message cannot reach this thread while a statement runs. So another thread asks for a cancel in shared memory, and
 * each read and write of a file by PostgreSQL looks there.
 */
class Canceller {
  /** @type {Interruptible | undefined} */
  engine
  /** [0]: whether a cancel is asked for. [1]: whether this PGlite can cancel at all. */
  #shared

  /** @param {Int32Array} shared */
  constructor(shared) {
    this.#shared = shared
  }

  look() {
    const { engine } = this
    if (engine === undefined || Atomics.exchange(this.#shared, 0, 0) === 0) return
    engine.HEAPU8[engine._QueryCancelPending] = 1
    engine.HEAPU8[engine._InterruptPending] = 1
  }

  /** A cancel that came too late for one statement must not end the next. */
  forget() {
    if (this.engine !== undefined) this.engine.HEAPU8[this.engine._QueryCancelPending] = 0
  }

  /** Notes whether a cancel works: it uses names inside of PGlite that may change. @param {PGlite} db */
  async try(db) {
    Atomics.store(this.#shared, 0, 1)
    try {
      // No start reads these pages, so the engine reads them from a file now, and that read calls `look`.
      await db.query('select count(*) from pg_catalog.pg_description')
    } catch (error) {
      const canCancel = error instanceof Error && 'code' in error && error.code === '57014'
      Atomics.store(this.#shared, 1, canCancel ? 1 : 0)
    } finally {
      Atomics.store(this.#shared, 0, 0)
    }
  }
}

/**
 * As shipped, PGlite ignores fsync, so a power cut would lose commits. Here fsync is passed on, and reads and writes
 * look for a cancel.
 */
class SyncedFiles extends NodeFS {
  /** @type {Canceller} */
  #canceller

  /** @param {string} folder @param {Canceller} canceller */
  constructor(folder, canceller) {
    super(folder)
    this.#canceller = canceller
  }

  /**
   * @override
   * @type {NodeFS['init']}
   */
  async init(pglite, options) {
    const ready = await super.init(pglite, options)
    const preRun = ready.emscriptenOpts.preRun ?? []
    preRun.push((module) => {
      /** @type {NodeFiles} */
      const files = Reflect.get(module.FS.filesystems, 'NODEFS')
      files.stream_ops.fsync = (stream) => {
        // Folders are opened without a descriptor; PostgreSQL syncs them after it has made or renamed a file.
        if (stream.nfd === undefined) syncPath(files.realPath(stream.node))
        else fsyncSync(stream.nfd)
        return 0
      }
      const { read, write } = files.stream_ops
      files.stream_ops.read = (...words) => {
        this.#canceller.look()
        return read(...words)
      }
      files.stream_ops.write = (...words) => {
        this.#canceller.look()
        return write(...words)
      }
      this.#canceller.engine = /** @type {Interruptible} */ (/** @type {unknown} */ (module))
    })
    return { ...ready, emscriptenOpts: { ...ready.emscriptenOpts, preRun } }
  }
}

const SYNC = Uint8Array.of(0x53, 0, 0, 0, 4)
// The messages Query and Parse, each of which begins a statement.
const BEGINNINGS = new Set([0x51, 0x50])

/**
 * All connections share PGlite's one session. After an error, a session ignores all messages up to the next Sync. If a
 * client dies before it sends that, the next client would wait forever. So a new connection starts with a Sync.
 */
class SharedSession extends PGlite {
  /** @type {Canceller | undefined} */
  canceller

  /**
   * @override
   * @type {PGlite['execProtocolRawStream']}
   */
  async execProtocolRawStream(message, options) {
    // Only a startup message begins with a zero: the others begin with their type.
    if (message[0] === 0) await super.execProtocolRawStream(SYNC, { onRawData: () => undefined })
    if (BEGINNINGS.has(message[0] ?? 0)) this.canceller?.forget()
    return super.execProtocolRawStream(message, options)
  }
}

/** @param {string} path */
function syncPath(path) {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** @param {string} folder */
function syncTree(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) syncTree(path)
    else if (entry.isFile()) syncPath(path)
  }
  syncPath(folder)
}

const SETTINGS = [
  'fsync=on',
  // Of the ways to sync the log only this one reaches `stream_ops.fsync` above: fdatasync does nothing in this build.
  'wal_sync_method=fsync',
  // The default of 128 MB is kept in memory from the start. The system's cache holds the same pages anyway.
  'shared_buffers=16MB',
]

// `-F` would switch off fsync, and a commit could be lost.
const startParams = [
  ...PGlite.defaultStartParams.filter((word) => word !== '-F'),
  ...SETTINGS.flatMap((setting) => ['-c', setting]),
]

/** @param {{ dataFolder: string, socketPath: string, connectionsMax: number, cancelling: Int32Array }} order */
async function begin({ dataFolder, socketPath, connectionsMax, cancelling }) {
  const canceller = new Canceller(cancelling)
  const isNew = !existsSync(join(dataFolder, 'PG_VERSION'))
  const db = new SharedSession({ fs: new SyncedFiles(dataFolder, canceller), startParams })
  await db.waitReady
  // A new cluster is unpacked without a sync, and no checkpoint ever syncs files that do not change.
  if (isNew) syncTree(dataFolder)
  db.canceller = canceller
  await canceller.try(db)
  const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections: connectionsMax })
  await server.start()
  return {
    stop: async () => {
      await server.stop()
      await db.close()
    },
  }
}

await runThread(begin)
