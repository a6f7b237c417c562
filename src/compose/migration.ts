import type { Config } from '../config.ts'
import { newClosers } from './closers.ts'
import type { EngineDeps } from './engine.ts'
import { openLockedEmbedded } from './open-engine.ts'
import { upgrade } from './postgres-engine.ts'

export async function composeMigration(config: Config, deps: EngineDeps): Promise<void> {
  if (config.databaseUrl !== undefined) return upgrade(config.databaseUrl, deps)
  const closers = newClosers()
  try {
    await openLockedEmbedded(config, deps, closers)
  } finally {
    await closers.closeAll()
  }
}
