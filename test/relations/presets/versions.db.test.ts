import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Database, openDatabase } from '../../../src/pg/database.ts'
import { readCatalogue } from '../../../src/relations/catalogue.ts'
import { lookFor } from '../../../src/relations/find-users.ts'
import { PRESETS } from '../../../src/relations/presets.ts'
import { newPostgresDatabase } from '../../fixtures/postgres-database.ts'

const server = inject('postgres')

const MIGRATIONS = ['version text', `('20250101'), ('20260314'), ('20251224')`, 'migration 20260314'] as const

/** The table of each product that says its version: its columns, its rows, and what is read. */
const TABLES: Readonly<
  Record<string, readonly [table: string, columns: string, rows: string, version: string]>
> = {
  keycloak: [
    'migration_model',
    'id text, version varchar(36), update_time bigint',
    `('a', '9.0.0', 1), ('b', '26.0.5', 30), ('c', '25.0.1', 20), ('d', null, 40)`,
    '26.0.5',
  ],
  authentik: [
    'authentik_version_history',
    'id bigint, "timestamp" timestamptz, version text, build text',
    `(1, '2026-01-01', '2025.10.3', ''), (2, '2025-01-01', '2024.12.1', '')`,
    '2025.10.3',
  ],
  supabase: ['schema_migrations', ...MIGRATIONS],
  gitlab: ['schema_migrations', ...MIGRATIONS],
  discourse: ['schema_migrations', ...MIGRATIONS],
  kratos: ['schema_migration', ...MIGRATIONS],
  directus: ['directus_migrations', ...MIGRATIONS],
}

describe.skipIf(!('url' in server))('the version that a product wrote down', () => {
  let stop: () => Promise<void>
  let database: Database
  beforeAll(async () => {
    if (!('url' in server)) return
    const made = await newPostgresDatabase(server.url)
    database = openDatabase({ url: made.url, connectionsMax: 1 })
    stop = async () => {
      await database.stop()
      await made.stop()
    }
  })
  afterAll(() => stop())

  test.each(PRESETS.filter(({ version }) => version !== undefined))(
    'the version that counts is the newest: $name',
    async (preset) => {
      const [table, columns, rows, version] = TABLES[preset.name] ?? []
      const lookAt = async () => lookFor(await readCatalogue(database, 'product'), {})
      await database.query('create schema product')
      expect(preset.version?.(await lookAt())).toBeUndefined()
      await database.query(`create table product.${table} (${columns})`)
      await database.query(`insert into product.${table} values ${rows}`)
      expect(await database.query(preset.version?.(await lookAt()) ?? '')).toEqual([{ version }])
      await database.query('drop schema product cascade')
    },
  )
})
