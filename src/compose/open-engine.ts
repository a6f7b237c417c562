import { prepareEmbedded } from '../pg/embedded.ts'
import { lockFolder } from '../pg/folder-lock.ts'
import type { Closers } from './closers.ts'
import { openEmbeddedEngine } from './embedded-engine.ts'
import type { Engine, EngineConfig, EngineDeps } from './engine.ts'
import { openPostgresEngine } from './postgres-engine.ts'

/**
 * Opens the engine and brings its schema up to date. For the embedded engine the caller has locked the data folder, or
 * two processes could open the same database.
 */
export function openEngine(config: EngineConfig, deps: EngineDeps, closers: Closers): Promise<Engine> {
  const { databaseUrl: url } = config
  if (url === undefined) return openEmbeddedEngine(config, deps, closers)
  return openPostgresEngine({ ...config, url }, deps, closers)
}

/**
 * True if the embedded database does not exist yet, so that it takes time to open. Always false for an external
 * PostgreSQL. The caller has locked the data folder.
 */
export async function prepareEngine({ databaseUrl, dataDir }: EngineConfig): Promise<boolean> {
  return databaseUrl === undefined && (await prepareEmbedded(dataDir))
}

/** For a command that works on the embedded database and ends. Fails with `data_folder_in_use` while a server runs. */
export async function openLockedEmbedded(
  config: EngineConfig,
  deps: EngineDeps,
  closers: Closers,
): Promise<Engine> {
  const lock = await lockFolder(config.dataDir)
  closers.add(() => lock.release())
  await prepareEngine(config)
  return openEmbeddedEngine(config, deps, closers)
}
