import { checkServer } from '../pg/check-server.ts'
import type { Database } from '../pg/database.ts'
import { migrate } from '../pg/migrate.ts'
import { startOverIfRestored } from '../relations/pg-change-log.ts'
import type { EngineDeps } from './engine.ts'

/**
 * A dump that was restored into another cluster has other transaction ids. An old value of `since` would then miss
 * changes, so it must no longer hold.
 */
export async function bringUpToDate(database: Database, { clock, log }: EngineDeps): Promise<void> {
  await checkServer(database)
  const steps = await migrate(database)
  if (steps.length > 0) log.info({ steps }, 'the schema was brought up to date')
  if (await startOverIfRestored(database, clock.now()))
    log.warn('the database comes from another cluster: chains of exports must start again')
}
