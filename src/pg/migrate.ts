import { Failure } from '../domain/failure.ts'
import type { Database, Session } from './database.ts'
import { MIGRATIONS } from './migrations.ts'

// Any number: it names the lock under which one process migrates while others wait.
const MIGRATION_LOCK = 7_236_458

/**
 * Brings the schema up to date. Fails with `schema_newer` on one that a newer version has made. Safe to call from many machines at once, and again after a kill: each call is
 * one transaction under one lock.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (session) => {
    await session.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await session.query('create schema if not exists muster')
    await session.query(
      'create table if not exists muster.migrations (name text primary key, applied_at timestamptz not null default now())',
    )
    await refuseNewer(session)
    for (const name of await missing(session)) {
      const migration = MIGRATIONS.find((known) => known.name === name)
      if (migration === undefined) continue
      await session.query(migration.sql)
      await session.query('insert into muster.migrations (name) values ($1)', [name])
    }
  })
}

// What a newer version has changed this one would misread: some requests would fail, and others do harm.
async function refuseNewer(session: Session): Promise<void> {
  const known = MIGRATIONS.map(({ name }) => name)
  const [newer] = await session.query<{ name: string }>(
    'select name from muster.migrations where name <> all ($1) order by name desc',
    [known],
  )
  if (newer === undefined) return
  throw new Failure(
    'schema_newer',
    `The database was brought up to "${newer.name}" by a newer version of Muster; this one knows steps up to "${known.at(-1)}". Start the newer version, or restore a dump from before the upgrade.`,
  )
}

async function missing(session: Session): Promise<string[]> {
  const applied = await session.query<{ name: string }>('select name from muster.migrations')
  const names = new Set(applied.map((row) => row.name))
  return MIGRATIONS.map((migration) => migration.name).filter((name) => !names.has(name))
}
