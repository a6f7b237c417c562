import type { Config } from '../config.ts'
import { addSeconds } from '../domain/clock.ts'
import { openDatabase } from '../pg/database.ts'
import { pgSecretStore } from '../tokens/pg-secret-store.ts'
import { rotateKeys } from '../tokens/signing-key.ts'
import { type Closers, newClosers } from './closers.ts'
import type { EngineDeps, JobEngine } from './engine.ts'
import { openLockedEmbedded } from './open-engine.ts'
import { startClock, upgrade } from './postgres-engine.ts'

// Each process reads the keys after one period at the latest. The second is for a process that is slow, or whose first
// read fails.
const PERIODS_UNTIL_USED = 2

/** Gives the id of the new key, and from when on it signs: after each process has published it. */
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

// A running server has the lock on its data folder. With PostgreSQL nothing in the folder is touched, so there it may run.
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
