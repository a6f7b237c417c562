import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import type { Profile } from '../../src/domain/profile.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgRowSource } from '../../src/rows/pg-row-source.ts'
import type { RowSource } from '../../src/rows/row-source.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type EngineDatabase } from '../fixtures/engines.ts'
import { csvRows, exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'
import { addUser as addUserTo, connection, openExportTenant, other } from '../fixtures/export-tenant.ts'

describe.each(ENGINES)('an export of changes on $name', (engine) => {
  let database: EngineDatabase
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ database, stop } = await openExportTenant(engine))
  })
  afterAll(() => stop())
  beforeEach(async () => {
    await database.query('delete from muster.users')
    await database.query('delete from muster.deleted_users')
    await database.query('delete from muster.export_moments')
    await database.query('delete from muster.forgotten_deletions')
  })

  async function addUser(name: string, to = connection): Promise<string> {
    const given = { user_id: name, email: `${name}@example.com`, name: `${name}@example.com` }
    return (await addUserTo(database, given, to)).user_id
  }

  async function addUsers(...names: string[]): Promise<string[]> {
    const ids: string[] = []
    for (const name of names) ids.push(await addUser(name))
    return ids
  }

  const remove = (userId: string) => pgUserStore(database).remove(userId)
  const rename = (userId: string, name: string) =>
    pgUserStore(database).change(userId, (present) => ({ profile: { ...present, name } as Profile }))

  const fields = [{ name: 'user_id' }, { name: 'name' }]

  async function run(request: Partial<ExportRequest>, connectionId?: string) {
    const job = newExportJob({ format: 'json', fields, ...request }, connectionId)
    const { text, receipt } = await exported(job, exportDeps(database))
    return { text, receipt, until: receipt.until ?? '', lines: text.startsWith('{') ? jsonLines(text) : [] }
  }

  test('P11 an export of changes has deletions first, then the added and changed users, and no others', async () => {
    const [, second = '', third = '', fourth = ''] = await addUsers('a', 'b', 'c', 'd')
    const { until } = await run({})
    await rename(third, 'new name')
    await remove(fourth)
    await remove(second)
    const fifth = await addUser('e')
    const { lines, receipt } = await run({ since: until })
    expect(lines).toEqual([
      { user_id: second, deleted: true },
      { user_id: fourth, deleted: true },
      { user_id: third, name: 'new name' },
      { user_id: fifth, name: 'e@example.com' },
    ])
    expect(receipt.rows).toBe(4)
    expect((await run({ since: receipt.until ?? '' })).lines).toEqual([])
  })

  test('P11 an export of many changes has many ranges, and each user once', async () => {
    const ids = await addUsers('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i')
    const { until } = await run({})
    for (const id of ids.slice(1)) await rename(id, 'changed')
    const { lines } = await run({ since: until })
    expect(lines.map((line) => line['user_id'])).toEqual(ids.slice(1))
  })

  test('P11 a user deleted and added again is a change, and a user added and deleted again is a deletion', async () => {
    const [back = ''] = await addUsers('back')
    const { until } = await run({})
    await remove(back)
    await addUser('back')
    await remove(await addUser('shortly'))
    await remove(await addUser('shortly'))
    expect((await run({ since: until })).lines).toEqual([
      { user_id: 'auth0|shortly', deleted: true },
      { user_id: back, name: 'back@example.com' },
    ])
  })

  test('a since that is no export’s until is compared with the clock of the database', async () => {
    const [old = '', changed = '', gone = ''] = await addUsers('old', 'changed', 'gone')
    await remove(gone)
    await database.query(`update muster.deleted_users set deleted_at = '2020-01-01T00:00:00.001Z'`)
    await database.query('alter table muster.users disable trigger users_changed')
    await database.query(
      `update muster.users set changed_at = case user_id when $1 then '2020-01-01Z'::timestamptz
      else '2020-01-01T00:00:00.001Z' end`,
      [old],
    )
    await database.query('alter table muster.users enable trigger users_changed')
    const { lines } = await run({ since: '2020-01-01T01:00:00+01:00' })
    expect(lines).toEqual([
      { user_id: gone, deleted: true },
      { user_id: changed, name: 'changed@example.com' },
    ])
    expect((await run({ since: '2020-01-01T00:00:00.001Z' })).lines).toEqual([])
  })

  test('an export of one connection has its own deletions, even of a user who is now in another connection', async () => {
    const mine = await addUser('mine')
    const moved = await addUser('moved')
    const theirs = await addUser('theirs', other)
    const { until } = await run({}, connection.id)
    for (const id of [mine, moved, theirs]) await remove(id)
    await addUser('moved', other)
    expect((await run({ since: until }, connection.id)).lines).toEqual([
      { user_id: mine, deleted: true },
      { user_id: moved, deleted: true },
    ])
    expect((await run({ since: until }, other.id)).lines).toEqual([
      { user_id: theirs, deleted: true },
      { user_id: moved, name: 'moved@example.com' },
    ])
  })

  test('a deleted connection is exported as the deletion of its users', async () => {
    const third = { ...other, id: 'con_third0123456789', name: 'Third' }
    await pgConnectionStore(database).add(third)
    const gone = await addUser('gone', third)
    const { until } = await run({})
    await pgConnectionStore(database).remove(third.id)
    expect((await run({ since: until })).lines).toEqual([{ user_id: gone, deleted: true }])
  })

  test('a CSV export of changes has the added and changed users, and no deletions', async () => {
    const [first = '', second = ''] = await addUsers('a', 'b')
    const { until } = await run({})
    await remove(first)
    await rename(second, 'new name')
    const { text } = await run({ since: until, format: 'csv' })
    expect(csvRows(text)).toEqual([
      ['user_id', 'name'],
      [`'${second}`, "'new name"],
    ])
  })

  test('a limit counts users and not deletions, and a limited file has no until', async () => {
    const [first = '', ...others] = await addUsers('a', 'b', 'c', 'd', 'e', 'f')
    const { until } = await run({})
    await remove(first)
    for (const id of others) await rename(id, 'changed')
    const { lines, receipt } = await run({ since: until, limit: 3 })
    expect(lines.map((line) => line['user_id'])).toEqual([first, ...others.slice(0, 3)])
    expect(receipt).not.toHaveProperty('until')
  })

  test('a deleted user’s id is escaped in JSON as in the user’s line', async () => {
    const odd = await addUser('a"b\\c\u0001é😀')
    const { until, lines } = await run({})
    await remove(odd)
    const told = await run({ since: until })
    expect(lines[0]?.['user_id']).toBe(odd)
    expect(told.lines).toEqual([{ user_id: odd, deleted: true }])
  })

  test('P11 exports in the same millisecond have different timestamps, and each chain continues from its own', async () => {
    const clock = fixedClock('2026-05-01T00:00:00Z')
    const rows = pgRowSource(database, clock, {
      relation: musterUsers,
      parallel: 3,
      usersPerRange: 2,
      openSnapshot: database.openSnapshot,
    })
    const untils: string[] = []
    for (const name of ['a', 'b', 'c']) {
      const { receipt } = await exported(newExportJob({ format: 'json' }), exportDeps(database, { rows }))
      untils.push(receipt.until ?? '')
      await addUser(name)
    }
    expect(untils).toEqual([0, 1, 2].map((n) => `2026-05-01T00:00:00.00${n}Z`))
    for (const [index, since] of untils.entries()) {
      const ids = (await run({ since })).lines.map((line) => line['user_id'])
      expect(ids).toEqual(['auth0|a', 'auth0|b', 'auth0|c'].slice(index))
    }
  })

  test('P11 a write during an export is in the next export of its chain', async () => {
    const [changed = '', deleted = '', readded = '', kept = ''] = await addUsers('a', 'b', 'c', 'd')
    const { until } = await run({})
    await rename(kept, 'before')
    const { rows } = exportDeps(database)
    const disturbed: RowSource = {
      open: async (plan, signal) => {
        const snapshot = await rows.open(plan, signal)
        await rename(changed, 'meanwhile')
        await remove(deleted)
        await remove(readded)
        await addUser('c')
        await addUser('e')
        return snapshot
      },
    }
    const job = newExportJob({ format: 'json', fields, since: until })
    const { text, receipt } = await exported(job, exportDeps(database, { rows: disturbed }))
    if (engine.name === 'postgres') expect(jsonLines(text)).toEqual([{ user_id: kept, name: 'before' }])
    expect(jsonLines(text)).toContainEqual({ user_id: kept, name: 'before' })
    expect((await run({ since: receipt.until ?? '' })).lines).toEqual([
      { user_id: deleted, deleted: true },
      { user_id: changed, name: 'meanwhile' },
      { user_id: readded, name: 'c@example.com' },
      { user_id: 'auth0|e', name: 'e@example.com' },
    ])
  })

  test('P11 a chain is refused, not silently broken, once the timestamp of its export is forgotten', async () => {
    const { until } = await run({})
    await database.query('delete from muster.export_moments')
    await database.query('insert into muster.forgotten_deletions (before) values ($1)', [
      '2026-06-01T00:00:00Z',
    ])
    await expect(run({ since: until })).rejects.toMatchObject({ code: 'changes_forgotten' })
    expect(csvRows((await run({ since: until, format: 'csv' })).text)).toEqual([['user_id', 'name']])
    expect((await run({ since: '2026-06-01T00:00:00Z' })).lines).toEqual([])
  })
})
