import type { Config } from '../config.ts'
import { addSeconds } from '../domain/clock.ts'
import { openDatabase } from '../pg/database.ts'
import { pgSecretStore } from '../tokens/pg-secret-store.ts'
import { rotateKeys } from '../tokens/signing-key.ts'
import { type Closers, newClosers } from './closers.ts'
import type { EngineDeps, JobEngine } from './engine.ts'
import { openLockedEmbedded } from './open-engine.ts'
import { startClock, upgrade } from './postgres-engine.ts'

// Each process reads the keys once in a period. The second period is for one that is slow, or whose read fails.
const PERIODS_UNTIL_USED = 2

/** Returns the id of the new key, and when it begins to sign. By then each process has published it. */
export async function composeRotation(
  config: Config,
  deps: EngineDeps,
): Promise<{ readonly kid: string; readonly from: Date }> {
  const closers = newClosers()
  try {
    const { database, clock } = await openForKeys(config, deps, closers)
    const from = addSeconds(clock.now(), PERIODS_UNTIL_USED * config.limits.keysSeconds)
    return { kid: await rotateKeys(pgSecretStore(database), clock, from), from }
  } finally {
    await closers.closeAll()
  }
}

// On the embedded engine the server must be stopped, because it has locked the data folder. On PostgreSQL it may run.
async function openForKeys(
  config: Config,
  deps: EngineDeps,
  closers: Closers,
): Promise<Pick<JobEngine, 'database' | 'clock'>> {
  const { databaseUrl: url } = config
  if (url === undefined) return openLockedEmbedded(config, deps, closers)
  await upgrade(url, deps)
  const database = closers.opened(openDatabase({ url, connectionsMax: 1 }))
  const clock = closers.opened(await startClock(database, deps.log))
  return { database, clock }
}
