import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

// The thread in which the embedded PostgreSQL runs. Plain JavaScript, so that it starts from the source as it
// does from the build. Says {ready} once it listens, and {stopped} when it has been asked to stop and has.

/** @type {{ dataFolder: string, socketPath: string, connectionsMax: number }} */
const { dataFolder, socketPath, connectionsMax } = workerData

const db = await PGlite.create({ dataDir: dataFolder })
const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections: connectionsMax })
await server.start()

parentPort?.once('message', async () => {
  await server.stop()
  await db.close()
  parentPort?.postMessage({ stopped: true })
  parentPort?.close()
})
parentPort?.postMessage({ ready: true })
