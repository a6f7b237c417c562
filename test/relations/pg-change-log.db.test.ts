import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { forgetChanges } from '../../src/flow/forget-changes.ts'
import { type Database, openDatabase } from '../../src/pg/database.ts'
import { migrate } from '../../src/pg/migrate.ts'
import { pgChangeLog, startOverIfRestored } from '../../src/relations/pg-change-log.ts'
import { changeLogContract } from '../contract/change-log.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type EngineDatabase, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'
import { goBackBefore } from '../fixtures/go-back-before.ts'

const CONNECTION = 'con_0123456789abcdef'

async function clear(database: Database): Promise<void> {
  await database.query('delete from muster.users')
  await database.query('delete from muster.deleted_users')
  await database.query('delete from muster.export_moments')
  await database.query('delete from muster.forgotten_deletions')
}

const noteDeletion = (database: Database, at: Date) =>
  database.query(
    'insert into muster.deleted_users (user_id, connection_id, deleted_at) values ($1, $2, $3)',
    [`auth0|${at.getTime()}`, CONNECTION, at],
  )

const noteMoment = (database: Database, moment: Date) =>
  database.query('insert into muster.export_moments (moment, snapshot) values ($1, pg_current_snapshot())', [
    moment,
  ])

describe.each(ENGINES)('the change log on $name', (engine) => {
  changeLogContract(async () => {
    const { database, stop } = await withDatabase(engine)
    return {
      log: pgChangeLog(database),
      noteDeletion: async (at) => void (await noteDeletion(database, at)),
      noteMoment: async (moment) => void (await noteMoment(database, moment)),
      clear: () => clear(database),
      stop,
    }
  })
})

describe.each(ENGINES)('changes on $name', (engine) => {
  let opened: TestDatabase
  let database: EngineDatabase
  beforeAll(async () => {
    opened = await withDatabase(engine)
    database = opened.database
    await database.query(
      `insert into muster.connections (id, name, strategy, options) values ($1, 'Users', 'auth0', '{}')`,
      [CONNECTION],
    )
  })
  afterAll(() => opened.stop())
  beforeEach(() => clear(database))

  const addUser = (name: string) =>
    database.query(
      `insert into muster.users (connection_id, user_id, identities, created_at, updated_at) values ($1, $2, '[]', now(), now())`,
      [CONNECTION, name],
    )

  async function run(since?: string) {
    const job = newExportJob({
      format: 'json',
      fields: [{ name: 'user_id' }],
      ...(since === undefined ? {} : { since }),
    })
    const { text, receipt } = await exported(job, exportDeps(database))
    return { lines: jsonLines(text), until: receipt.until ?? '' }
  }

  test('a deletion is forgotten after the configured number of days', async () => {
    await noteDeletion(database, new Date('2026-01-01T00:00:00.000Z'))
    const changes = pgChangeLog(database)
    const clock = fixedClock('2026-01-08T00:00:00.000Z')
    const left = async () => (await database.query('select from muster.deleted_users')).length
    await forgetChanges({ changes, clock, keptDays: 7 })
    expect(await left()).toBe(1)
    clock.advance({ seconds: 0.001 })
    await forgetChanges({ changes, clock, keptDays: 7 })
    expect(await left()).toBe(0)
  })

  test('P11 a database restored into a younger cluster starts new chains and misses no user', async () => {
    await addUser('a')
    await addUser('b')
    const { until } = await run()
    // As a dump brings them: transactions that are still to come here.
    await database.query('alter table muster.users disable trigger users_changed')
    await database.query(`update muster.users set changed_by = '1000000000' where user_id = 'a'`)
    await database.query('alter table muster.users enable trigger users_changed')
    const now = new Date('2026-02-01T00:00:00Z')
    expect(await startOverIfRestored(database, now)).toBe(true)
    expect(await startOverIfRestored(database, now)).toBe(false)
    await expect(run(until)).rejects.toMatchObject({ code: 'changes_forgotten' })
    const fresh = await run()
    expect(fresh.lines).toHaveLength(2)
    await database.query(`update muster.users set name = 'changed' where user_id = 'b'`)
    expect((await run(fresh.until)).lines).toEqual([{ user_id: 'b' }])
  })

  test.each([
    ['timestamps', `insert into muster.export_moments values ('2026-01-01Z', '1000000000:1000000000:')`],
    ['deletions', `insert into muster.deleted_users values ('a', '${CONNECTION}', now(), '1000000000')`],
  ])('P11 recorded %s of another cluster are found at the start and removed', async (_, statement) => {
    await database.query(statement)
    expect(await startOverIfRestored(database, new Date('2026-02-01T00:00:00Z'))).toBe(true)
    expect(await database.query('select from muster.export_moments')).toEqual([])
    expect(await database.query('select from muster.deleted_users')).toEqual([])
    expect(await database.query('select before from muster.forgotten_deletions')).toEqual([
      { before: new Date('2026-02-01T00:00:00Z') },
    ])
  })

  test('a database of its own cluster keeps its records', async () => {
    await addUser('a')
    await database.query('delete from muster.users')
    const { until } = await run()
    expect(await startOverIfRestored(database, new Date('2026-02-01T00:00:00Z'))).toBe(false)
    expect((await run(until)).lines).toEqual([])
  })

  test.runIf(engine.name === 'postgres')(
    'P11 a deletion that an export could not see is kept as long as the timestamp of that export',
    async () => {
      await addUser('a')
      const other = openDatabase(opened.connectionOptions)
      const session = await other.connect()
      await session.query('begin')
      await session.query('delete from muster.users')
      const { until } = await run()
      await session.query('commit')
      session.release()
      await other.stop()
      await database.query(`update muster.deleted_users set deleted_at = '2020-01-01Z'`)
      await pgChangeLog(database).forget(new Date('2020-06-01T00:00:00Z'))
      expect((await run(until)).lines).toEqual([{ user_id: 'a', deleted: true }])
    },
  )
})

describe.each(ENGINES)('an upgrade of the change log on $name', (engine) => {
  test.each([
    ['with users ends the older chains', 1, false],
    ['without users forgets nothing', 0, true],
  ])('P11 an upgrade of a database %s', async (_, users, isReached) => {
    const { database, stop } = await withDatabase(engine)
    await goBackBefore(database, '0004')
    await database.query(
      `insert into muster.connections (id, name, strategy, options) values ('con', 'Users', 'auth0', '{}')`,
    )
    await database.query(
      `insert into muster.users (connection_id, user_id, identities, created_at, updated_at)
       select 'con', 'a', '[]', now(), now() from generate_series(1, $1)`,
      [users],
    )
    await migrate(database)
    expect(await pgChangeLog(database).reachesBackTo(new Date('2026-01-01T00:00:00Z'))).toBe(isReached)
    await stop()
  })
})
