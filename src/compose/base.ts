import type { Config } from '../config.ts'
import type { Clock } from '../domain/clock.ts'
import { isDefaultFolder } from '../objects-settings.ts'
import { lockFolder } from '../pg/folder-lock.ts'
import { type Place, placeOf } from '../place.ts'
import { makeSigningKey, type StoredKey } from '../tokens/signing-key.ts'
import type { Closers } from './closers.ts'
import type { Engine, EngineDeps } from './engine.ts'
import { openEngine, prepareEngine } from './open-engine.ts'
import { openObjects, type Stores, storesOf } from './stores.ts'

/** What each process that stays needs, whether it answers requests, runs jobs, or both. */
export interface Base {
  readonly engine: Engine
  readonly stores: Stores
  readonly place: Place
  readonly closers: Closers
  /** Undefined if the key is made, or loaded, when it is needed. */
  readonly keyAhead: KeyAhead
}

type KeyAhead = (() => Promise<StoredKey>) | undefined

export async function openBase(config: Config, deps: EngineDeps, closers: Closers): Promise<Base> {
  const place = await placeOf(config)
  for (const folder of foldersOf(config)) {
    const lock = await lockFolder(folder)
    closers.add(() => lock.release())
  }
  const keyAhead = await beginKey(config, deps.clock)
  const engine = await openEngine(config, deps, closers)
  const stores = storesOf(engine, await openObjects(config.objects))
  // Opening a bucket sends no request. Without this probe a wrong one would show only when the first export fails.
  if (config.objects.kind !== 'folder') await stores.objects.probe()
  return { engine, stores, place, closers, keyAhead }
}

// The folders in which this process keeps something. With an external PostgreSQL and a bucket there is none,
// except for a local CA. So any number of such processes may have the same data folder.
function foldersOf({ databaseUrl, dataDir, objects, tls }: Config): readonly string[] {
  if (objects.kind === 'folder' && !isDefaultFolder(objects, dataDir)) return [dataDir, objects.folder]
  const isKept = databaseUrl === undefined || objects.kind === 'folder' || tls === 'self-signed'
  return isKept ? [dataDir] : []
}

/**
 * The key takes up to 0.4 s to make. On the first start of the embedded engine it is made while the engine starts, so
 * the start does not wait for it.
 */
async function beginKey(config: Config, clock: Clock): Promise<KeyAhead> {
  // `prepareEngine` copies files in the same thread pool that makes the key, so the key is made after it.
  if (!(await prepareEngine(config))) return undefined
  const key = makeSigningKey(clock)
  // `startKeyRing` reports the error. Unhandled, it would end the process before that.
  key.catch(() => undefined)
  return () => key
}
