// Prepares the cluster that the embedded engine's first start copies (src/pg/prepared-cluster.ts): initialized, migrated
// and without users or secrets. A part of `npm run build`; An existing cluster is kept if its sources have not changed.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../dist/pg/embedded.js'
import { openEmbeddedDatabase } from '../dist/pg/embedded-database.js'
import { migrate } from '../dist/pg/migrate.js'
import { readMigrations } from '../dist/pg/migrations.js'
import { engineVersion } from '../dist/pg/prepared-cluster.js'

const ROOT = join(import.meta.dirname, '..')
const PREPARED = join(ROOT, 'dist', 'prepared-cluster')
const MANIFEST = join(PREPARED, 'manifest.json')

const engine = await engineVersion()
const sources = ['embedded-worker.js', 'migrate.js'].map((name) =>
  readFileSync(join(ROOT, 'dist', 'pg', name), 'utf8'),
)
const steps = readMigrations().map(({ sha256 }) => sha256)
const madeFrom = createHash('sha256')
  .update([engine, ...sources, ...steps].join())
  .digest('hex')

if (madeFrom !== presentOrigin()) {
  rmSync(PREPARED, { recursive: true, force: true })
  const folder = mkdtempSync(join(tmpdir(), 'muster-prepare-'))
  try {
    await makeCluster(folder)
    keep(join(folder, 'pgdata'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
makeReadable()

function presentOrigin() {
  try {
    return JSON.parse(readFileSync(MANIFEST, 'utf8')).madeFrom
  } catch {
    return undefined
  }
}

async function makeCluster(folder) {
  const embedded = await startEmbedded(folder)
  const database = openEmbeddedDatabase(embedded.socketFolder)
  try {
    await migrate(database)
    await database.query('checkpoint')
  } finally {
    await database.stop()
    await embedded.stop()
  }
}

// The manifest comes last: without it there is no prepared cluster.
function keep(dataFolder) {
  cpSync(dataFolder, join(PREPARED, 'files'), { recursive: true })
  const entries = readdirSync(dataFolder, { recursive: true, withFileTypes: true })
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(dataFolder.length + 1))
  const outerFirst = ['.', ...folders].sort((a, b) => a.length - b.length)
  mkdirSync(PREPARED, { recursive: true })
  writeFileSync(MANIFEST, `${JSON.stringify({ engine, madeFrom, folders: outerFirst })}\n`)
}

// PostgreSQL makes files for its own user. The user who runs Muster may be another than the one who builds it.
function makeReadable() {
  for (const entry of readdirSync(PREPARED, { recursive: true, withFileTypes: true }))
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644)
}
