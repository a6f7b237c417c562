import type { Database, Session } from './database.ts'
import { MIGRATIONS } from './migrations.ts'

// Any number: it names the lock under which one process migrates while others wait.
const MIGRATION_LOCK = 7_236_458

/**
 * Brings the schema up to date. Safe to call from many machines at once, and again after a kill: each call is
 * one transaction under one lock.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (session) => {
    await session.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await session.query('create schema if not exists muster')
    await session.query(
      'create table if not exists muster.migrations (name text primary key, applied_at timestamptz not null default now())',
    )
    for (const name of await missing(session)) {
      const migration = MIGRATIONS.find((known) => known.name === name)
      if (migration === undefined) continue
      await session.query(migration.sql)
      await session.query('insert into muster.migrations (name) values ($1)', [name])
    }
  })
}

async function missing(session: Session): Promise<string[]> {
  const applied = await session.query<{ name: string }>('select name from muster.migrations')
  const names = new Set(applied.map((row) => row.name))
  return MIGRATIONS.map((migration) => migration.name).filter((name) => !names.has(name))
}
