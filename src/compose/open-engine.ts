import { prepareEmbedded } from '../pg/embedded.ts'
import type { Closers } from './closers.ts'
import { openEmbeddedEngine } from './embedded-engine.ts'
import type { Engine, EngineConfig, EngineDeps } from './engine.ts'
import { openPostgresEngine } from './postgres-engine.ts'

/**
 * Opens the engine and brings its schema up to date. It also makes sure that no process with another data folder runs jobs
 * of this database. The caller holds the lock on the data folder.
 */
export function openEngine(config: EngineConfig, deps: EngineDeps, closers: Closers): Promise<Engine> {
  const { databaseUrl: url } = config
  if (url === undefined) return openEmbeddedEngine(config, deps, closers)
  return openPostgresEngine({ ...config, url }, deps, closers)
}

/**
 * True if there is no embedded database yet. Of an external PostgreSQL this is known only after it is opened. The caller
 * holds the lock on the data folder.
 */
export async function prepareEngine({ databaseUrl, dataDir }: EngineConfig): Promise<boolean> {
  return databaseUrl === undefined && (await prepareEmbedded(dataDir))
}
