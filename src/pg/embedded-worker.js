import { closeSync, existsSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { runThread } from '../threads/inside.js'

// The thread in which the embedded PostgreSQL runs. Plain JavaScript, so that it starts from the source as it
// does from the build. It is ready once it listens.

/**
 * What of Emscripten's file system is used here, which ships no types.
 *
 * @typedef {{ nfd?: number, node: object }} Stream
 * @typedef {{ stream_ops: { fsync?: (stream: Stream) => number }, realPath(node: object): string }} NodeFiles
 */

/** PGlite's files in a folder, except that fsync is passed on: as shipped it is ignored, and a commit with it. */
class SyncedFiles extends NodeFS {
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
    })
    return { ...ready, emscriptenOpts: { ...ready.emscriptenOpts, preRun } }
  }
}

const SYNC = Uint8Array.of(0x53, 0, 0, 0, 4)

/**
 * PGlite, except that a new connection starts with a sound session. All connections share one, which after an
 * error ignores everything up to the next Sync: of a client that died before it sent that, the next client
 * would inherit the deafness, and wait for ever.
 */
class SharedSession extends PGlite {
  /**
   * @override
   * @type {PGlite['execProtocolRawStream']}
   */
  async execProtocolRawStream(message, options) {
    // Only a startup message begins with a zero: the others begin with their type.
    if (message[0] === 0) await super.execProtocolRawStream(SYNC, { onRawData: () => undefined })
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
  // Of the ways to sync the log only this one reaches the patch above: fdatasync does nothing in this build.
  'wal_sync_method=fsync',
  // The default of 128 MB is kept in memory from the start. The system's cache holds the same pages anyway.
  'shared_buffers=16MB',
]

// -F is PGlite's own "no fsync".
const startParams = [
  ...PGlite.defaultStartParams.filter((word) => word !== '-F'),
  ...SETTINGS.flatMap((setting) => ['-c', setting]),
]

/** @param {{ dataFolder: string, socketPath: string, connectionsMax: number }} order */
async function begin({ dataFolder, socketPath, connectionsMax }) {
  const isNew = !existsSync(join(dataFolder, 'PG_VERSION'))
  const db = new SharedSession({ fs: new SyncedFiles(dataFolder), startParams })
  await db.waitReady
  // A new cluster is unpacked without a sync, and no checkpoint comes back to files that do not change.
  if (isNew) syncTree(dataFolder)
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
