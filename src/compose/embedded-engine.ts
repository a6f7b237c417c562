import { systemStopwatch } from '../domain/clock.ts'
import { newTurns } from '../domain/turns.ts'
import { pgJobStore } from '../jobs/pg-job-store.ts'
import { brieflyInTurns } from '../pg/briefly.ts'
import { startEmbedded } from '../pg/embedded.ts'
import { openEmbeddedDatabase } from '../pg/embedded-database.ts'
import { openTried } from '../pg/try-copy.ts'
import { musterUsers } from '../relations/muster-users.ts'
import { openInTurns } from '../rows/pg/snapshot-in-turns.ts'
import { pgRowSource } from '../rows/pg-row-source.ts'
import type { Closers } from './closers.ts'
import { BRIEF_READS, COPIED_PLAINLY, type Engine, type EngineConfig, type EngineDeps } from './engine.ts'
import { bringUpToDate } from './up-to-date.ts'

// All other statements wait while a range is read, so requests wait about 20 ms at most for this many users.
const USERS_PER_RANGE = 4_000

/**
 * PGlite has one session for requests and jobs, so a jobs thread would only wait for it: jobs run in this thread. No
 * other process uses the database, so the machine's clock is good enough.
 */
export async function openEmbeddedEngine(
  { dataDir }: Pick<EngineConfig, 'dataDir'>,
  deps: EngineDeps,
  closers: Closers,
): Promise<Engine> {
  const server = await startEmbedded(dataDir, (reason) => deps.onDeath('the embedded database', reason))
  closers.opened(server)
  if (server.cancel === undefined)
    deps.log.warn('this PGlite cannot cancel statements: a stop waits until the running statement ends')
  const { database, copyWay } = await openTried(
    (way) => openEmbeddedDatabase(server.socketFolder, server.cancel, way),
    (err) => deps.log.warn({ err }, COPIED_PLAINLY),
  )
  closers.opened(database)
  await bringUpToDate(database, deps)
  // This process holds the lock on the data folder, so those that held leases have ended. Their jobs need not wait.
  await pgJobStore(database).releaseAll()
  const { clock } = deps
  return {
    database,
    ledger: database,
    health: database,
    briefly: brieflyInTurns(database, { stopwatch: systemStopwatch, turns: newTurns(BRIEF_READS) }),
    clock,
    copyWay,
    rows: (parallel) =>
      pgRowSource(database, clock, {
        relation: musterUsers,
        parallel,
        usersPerRange: USERS_PER_RANGE,
        openSnapshot: openInTurns,
      }),
    jobs: { runIn: 'this thread' },
  }
}
