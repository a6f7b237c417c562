import { prepareEmbedded } from '../pg/embedded.ts'
import type { Closers } from './closers.ts'
import { openEmbeddedEngine } from './embedded-engine.ts'
import type { Engine, EngineConfig, EngineDeps } from './engine.ts'
import { openPostgresEngine } from './postgres-engine.ts'

/**
 * Opens the engine of the settings, brings its schema up to date, and makes sure that no other process works on its
 * jobs with other files. The caller holds the lock on the data folder.
 */
export function openEngine(config: EngineConfig, deps: EngineDeps, closers: Closers): Promise<Engine> {
  const { databaseUrl: url } = config
  if (url === undefined) return openEmbeddedEngine(config, deps, closers)
  return openPostgresEngine({ ...config, url }, deps, closers)
}

/**
 * Does what comes before the engine starts. True if there is certainly no database yet: what an external PostgreSQL
 * holds is known only once it is open. The caller holds the lock on the data folder.
 */
export async function prepareEngine({ databaseUrl, dataDir }: EngineConfig): Promise<boolean> {
  return databaseUrl === undefined && (await prepareEmbedded(dataDir))
}
