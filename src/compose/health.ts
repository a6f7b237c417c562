import type { Config } from '../config.ts'
import { systemStopwatch } from '../domain/clock.ts'
import type { ObjectsPlace } from '../domain/objects-place.ts'
import { newHealthCheck, newReadiness, type Readiness } from '../flow/check-health.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import type { Database } from '../pg/database.ts'
import { checkSchema } from '../pg/migrate.ts'
import { readMigrations } from '../pg/migrations.ts'

export interface Health extends Readiness {
  /** Rejects if the database or the place of files cannot be used. */
  readonly ping: () => Promise<void>
}

const STORE_NAMES: Readonly<Record<ObjectsPlace['kind'], string>> = { folder: 'Data folder', s3: 'S3 store' }

/**
 * What `/health` and `/health/ready` ask. `database` must be the `health` of the engine: its other connections may all
 * wait for a lock.
 */
export function healthOf(
  { objects: { kind }, limits }: Pick<Config, 'objects' | 'limits'>,
  { database, objects }: { readonly database: Database; readonly objects: ObjectStore },
): Health {
  const options = { seconds: limits.healthSeconds, stopwatch: systemStopwatch }
  const migrations = readMigrations()
  const parts = [
    { name: 'Database', code: 'database_unavailable', ask: () => database.query('select 1') },
    { name: STORE_NAMES[kind], code: 'object_store_unavailable', ask: () => objects.probe() },
  ] as const
  const schema = {
    name: 'Schema',
    code: 'schema_behind',
    ask: () => checkSchema(database, migrations),
  } as const
  return {
    ping: newHealthCheck(parts, options),
    ...newReadiness(newHealthCheck([...parts, schema], options)),
  }
}
