import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../src/pg/database.ts'
import { migrate } from '../../src/pg/migrate.ts'
import { migrationOf, readMigrations } from '../../src/pg/migrations.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'

const released = readMigrations()
const step = (...lines: readonly string[]) => migrationOf(`-- ${lines.join('\n')}\n`)

test('a migration is known by its first line, and its hash ignores the kind of line ends', () => {
  const unix = migrationOf('-- 0042 answers\n-- outside a transaction\nselect 42;\n')
  expect(unix).toMatchObject({ name: '0042 answers', isOutside: true })
  expect(migrationOf(unix.sql.replaceAll('\n', '\r\n'))).toEqual(unix)
  expect(migrationOf('-- 0042 answers\nselect 43;\n')).toMatchObject({ name: unix.name, isOutside: false })
  expect(migrationOf('-- 0042 answers\nselect 43;\n').sha256).not.toBe(unix.sha256)
})

test('the migrations are numbered one by one, in order', () => {
  const numbers = released.map(({ name }) => Number(name.slice(0, 4)))
  expect(numbers).toEqual(released.map((_, index) => index + 1))
})

describe.each(ENGINES)('a schema on $name', (engine) => {
  let given: TestDatabase
  let database: Database
  beforeEach(async () => {
    given = await withDatabase(engine)
    database = given.database
  })
  afterEach(() => given.stop())

  const applied = () =>
    database.query<{ name: string; sha256: string | null }>(
      'select name, sha256 from muster.migrations order by name',
    )
  const recorded = released.map(({ name, sha256 }) => ({ name, sha256 }))

  test('a schema that an older version made without hashes gets them, and is then up to date', async () => {
    await database.query('alter table muster.migrations drop column sha256')
    await database.query(`delete from muster.migrations where name like any ('{0010%,0011%}')`)
    await database.query('drop table muster.object_folder, muster.uploads')
    await migrate(database)
    expect(await applied()).toEqual(recorded)
    expect(await database.query('select from muster.object_folder')).toEqual([])
  })

  test('a schema whose migration was edited later is refused with the migration’s name, and is not changed', async () => {
    const edited = released.map((known) =>
      known.name.startsWith('0003') ? migrationOf(`${known.sql}select 1;\n`) : known,
    )
    await expect(migrate(database, edited)).rejects.toMatchObject({
      code: 'schema_changed',
      message: expect.stringContaining('"0003 keys and clients"'),
    })
    expect(await applied()).toEqual(recorded)
    await migrate(database)
  })

  test('a schema gets an index outside of transactions once, even if several processes ask at the same time', async () => {
    const index = step(
      '9001 an index',
      '-- outside a transaction',
      'drop index concurrently if exists muster.users_nickname;',
      'create index concurrently users_nickname on muster.users (nickname);',
    )
    const after = step('9002 another table', 'create table muster.after_index (n int);')
    const all = [...released, index, after]
    await Promise.all([migrate(database, all), migrate(database, all), migrate(database, all)])
    expect((await applied()).map(({ name }) => name)).toEqual(all.map(({ name }) => name))
    expect(
      await database.query(
        `select indisvalid as is_valid from pg_index where indexrelid = 'muster.users_nickname'::regclass`,
      ),
    ).toEqual([{ is_valid: true }])
  })

  test('a schema keeps nothing of migrations of which one fails, and gets all once the failed one is fixed', async () => {
    const first = step('9001 first', 'create table muster.first (n int);')
    const broken = step('9002 second', 'create table muster.second (n int);', 'select from muster.nowhere;')
    const mended = step('9002 second', 'create table muster.second (n int);')
    await expect(migrate(database, [...released, first, broken])).rejects.toThrow('nowhere')
    expect(await applied()).toEqual(recorded)
    await migrate(database, [...released, first, mended])
    expect(await database.query('select from muster.first, muster.second')).toEqual([])
  })
})
