import type { Config } from '../config.ts'
import { lockFolder } from '../pg/folder-lock.ts'
import { newClosers } from './closers.ts'
import { openEmbeddedEngine } from './embedded-engine.ts'
import type { EngineDeps } from './engine.ts'
import { prepareEngine } from './open-engine.ts'
import { upgrade } from './postgres-engine.ts'

export async function composeMigration(config: Config, deps: EngineDeps): Promise<void> {
  if (config.databaseUrl !== undefined) return upgrade(config.databaseUrl, deps)
  const closers = newClosers()
  try {
    const lock = await lockFolder(config.dataDir)
    closers.add(() => lock.release())
    await prepareEngine(config)
    await openEmbeddedEngine(config, deps, closers)
  } finally {
    await closers.closeAll()
  }
}
