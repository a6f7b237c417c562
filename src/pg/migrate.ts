import { setTimeout } from 'node:timers/promises'
import { Failure } from '../domain/failure.ts'
import type { Database, Session } from './database.ts'
import { type Migration, readMigrations } from './migrations.ts'

// One process holds this advisory lock while it migrates, and others wait. The number is arbitrary.
const MIGRATION_LOCK = 7_236_458
const LOCK_PAUSE_MS = 100

/**
 * Returns the names of the steps that it has applied. Many machines may call it at once, and again after a kill.
 * Consecutive steps that can run in a transaction are applied together or not at all. Fails with `schema_newer` if
 * a newer version made the schema, and with `schema_changed` if an applied step was edited.
 */
export async function migrate(database: Database, migrations = readMigrations()): Promise<readonly string[]> {
  const session = await database.connect()
  try {
    await lock(session)
    const missing = await inTransaction(session, () => missingIn(session, migrations))
    for (const steps of groupsOf(missing)) await apply(session, steps)
    await session.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
    session.release()
    return missing.map(({ name }) => name)
  } catch (error) {
    // On the embedded engine the session outlives the connection, and so would this lock.
    await session.query(`rollback; select pg_advisory_unlock(${MIGRATION_LOCK})`).catch(() => undefined)
    session.release(true)
    throw error
  }
}

// Polls, because a statement that waits for the lock is an open transaction. `create index concurrently` of the process
// that holds the lock waits for all open transactions: a deadlock.
async function lock(session: Session): Promise<void> {
  for (;;) {
    const [row] = await session.query<{ is_held: boolean }>('select pg_try_advisory_lock($1) as is_held', [
      MIGRATION_LOCK,
    ])
    if (row?.is_held === true) return
    await setTimeout(LOCK_PAUSE_MS)
  }
}

async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('begin')
  const result = await work()
  await session.query('commit')
  return result
}

async function missingIn(session: Session, migrations: readonly Migration[]): Promise<Migration[]> {
  await session.query('create schema if not exists muster')
  await session.query(
    'create table if not exists muster.migrations (name text primary key, applied_at timestamptz not null default now())',
  )
  await session.query('alter table muster.migrations add column if not exists sha256 text')
  // Early versions recorded no hash. No step has changed since then.
  await session.query(
    `update muster.migrations as applied set sha256 = known.sha256
     from unnest($1::text[], $2::text[]) as known (name, sha256)
     where applied.name = known.name and applied.sha256 is null`,
    [migrations.map(({ name }) => name), migrations.map(({ sha256 }) => sha256)],
  )
  const applied = await session.query<Pick<Migration, 'name' | 'sha256'>>(
    'select name, sha256 from muster.migrations order by name desc',
  )
  const hashes = new Map(applied.map(({ name, sha256 }) => [name, sha256]))
  refuseNewer(applied, migrations)
  refuseChanged(hashes, migrations)
  return migrations.filter(({ name }) => !hashes.has(name))
}

// This version would misread what a newer one has changed: requests would fail or damage data.
function refuseNewer(applied: readonly Pick<Migration, 'name'>[], migrations: readonly Migration[]): void {
  const known = new Set(migrations.map(({ name }) => name))
  const newer = applied.find(({ name }) => !known.has(name))
  if (newer === undefined) return
  throw new Failure(
    'schema_newer',
    `The database was brought up to "${newer.name}" by a newer version of Muster; this one knows steps up to "${migrations.at(-1)?.name}". Start the newer version, or restore a dump from before the upgrade.`,
  )
}

function refuseChanged(hashes: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const changed = migrations.find(({ name, sha256 }) => (hashes.get(name) ?? sha256) !== sha256)
  if (changed === undefined) return
  throw new Failure(
    'schema_changed',
    `The step "${changed.name}" was applied to the database, and its file has been edited since. Install Muster again as it was released.`,
  )
}

/**
 * Fails with `schema_behind` if a step is not applied. Steps of a newer version are no failure: during an upgrade the
 * processes of the older one go on until they are replaced.
 */
export async function checkSchema(session: Session, migrations: readonly Migration[]): Promise<void> {
  const applied = await session.query<Pick<Migration, 'name'>>('select name from muster.migrations')
  const names = new Set(applied.map(({ name }) => name))
  const missing = migrations.find(({ name }) => !names.has(name))
  if (missing === undefined) return
  throw new Failure('schema_behind', `The database lacks the step "${missing.name}".`)
}

/** Each step that must run outside of a transaction is a group of its own. */
function groupsOf(migrations: readonly Migration[]): Migration[][] {
  const groups: Migration[][] = []
  for (const step of migrations) {
    const last = groups.at(-1)
    if (last === undefined || step.isOutside || last[0]?.isOutside === true) groups.push([step])
    else last.push(step)
  }
  return groups
}

async function apply(session: Session, steps: readonly Migration[]): Promise<void> {
  // One statement per message, since PostgreSQL runs several in one message as one transaction.
  for (const { sql, isOutside } of steps)
    if (isOutside) for (const statement of sql.trimEnd().split(/;\n+/)) await session.query(statement)
  await inTransaction(session, async () => {
    for (const { name, sql, sha256, isOutside } of steps) {
      if (!isOutside) await session.query(sql)
      await session.query('insert into muster.migrations (name, sha256) values ($1, $2)', [name, sha256])
    }
  })
}
