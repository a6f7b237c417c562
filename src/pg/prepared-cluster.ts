import { copyFile, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isJsonObject } from '../domain/json.ts'
import { readJson } from '../domain/read-json.ts'

// The path leads to the same folder from `src/pg` and from `dist/pg`. `npm run build` makes that folder
// (scripts/prepare-cluster.js).
const PREPARED = fileURLToPath(new URL('../../dist/prepared-cluster', import.meta.url))
const FILES = 'files'
const MANIFEST = 'manifest.json'

interface Manifest {
  readonly engine: string
  /** Outer folders first. npm packages lose empty folders, and PostgreSQL does not start without them. */
  readonly folders: readonly string[]
}

/**
 * PostgreSQL's own initialization takes four seconds and 850 MB of memory, so the build of Muster prepares a cluster, which is
 * copied. The folder appears complete and durable, or not at all. False if there is no prepared cluster, or another
 * version of the engine made it: then nothing is written.
 */
export async function copyPreparedCluster(folder: string, prepared = PREPARED): Promise<boolean> {
  const manifest = await readManifest(prepared)
  if (manifest === undefined || manifest.engine !== (await engineVersion())) return false
  const partial = `${folder}.partial`
  // A start that was killed may have left a partial folder.
  await rm(partial, { recursive: true, force: true })
  for (const path of manifest.folders) await mkdir(join(partial, path), { recursive: true, mode: 0o700 })
  await copyFiles(join(prepared, FILES), partial)
  for (const path of manifest.folders.toReversed()) await syncPath(join(partial, path))
  await rename(partial, folder)
  await syncPath(join(folder, '..'))
  return true
}

async function readManifest(prepared: string): Promise<Manifest | undefined> {
  const text = await readFile(join(prepared, MANIFEST), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (readJson(text) as unknown as Manifest)
}

/** A version of the engine may be unable to read the files that another version made. */
export async function engineVersion(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const described = readJson(await readFile(join(dirname(entry), '..', 'package.json'), 'utf8'))
  return isJsonObject(described) ? String(described['version']) : ''
}

// All files at once, in libuv's thread pool. One after the other takes three times as long.
async function copyFiles(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true })
  await Promise.all(
    entries.map((entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)]
      return entry.isDirectory() ? copyFiles(source, target) : copySynced(source, target)
    }),
  )
}

async function copySynced(from: string, to: string): Promise<void> {
  await copyFile(from, to)
  await syncPath(to)
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path)
  await handle.sync().finally(() => handle.close())
}
