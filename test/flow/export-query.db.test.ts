import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { Profile } from '../../src/domain/profile.ts'
import type { RowSource } from '../../src/rows/row-source.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { ENGINES, type EngineDatabase } from '../fixtures/engines.ts'
import { csvRows, exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'
import { addUser as addUserTo, connection, openExportTenant, other } from '../fixtures/export-tenant.ts'

// Every second is an admin, every third blocked; those at 5 and 11 have names that SQL would take for its own.
const GIVEN: readonly JsonObject[] = Array.from({ length: 12 }, (_, n) => ({
  user_id: `u${String(n).padStart(2, '0')}`,
  email: `u${n}@example.com`,
  app_metadata: { role: n % 2 === 0 ? 'admin' : 'user', n },
  logins_count: 100 - n,
  ...(n % 3 === 0 ? { blocked: true } : {}),
  ...(n === 5 ? { name: `it's "x"; drop table muster.users; -- \\ $1` } : {}),
  ...(n === 11 ? { name: "current_setting('muster.p1')" } : {}),
}))

const ids = (...numbers: number[]) => numbers.map((n) => `auth0|u${String(n).padStart(2, '0')}`)

describe.each(ENGINES)('an export of whom a query finds on $name', (engine) => {
  let database: EngineDatabase
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ database, stop } = await openExportTenant(engine))
  })
  afterAll(() => stop())
  beforeEach(async () => {
    await database.query('delete from muster.users')
    for (const [n, given] of GIVEN.entries()) await addUser(given, n < 8 ? connection : other)
  })

  const addUser = (given: JsonObject, to = connection) => addUserTo(database, given, to)

  const change = (userId: string, attributes: JsonObject) =>
    pgUserStore(database).change(userId, (present) => ({ profile: { ...present, ...attributes } as Profile }))

  async function run(request: Partial<ExportRequest>, connectionId?: string, rows?: RowSource) {
    const job = newExportJob({ format: 'json', fields: [{ name: 'user_id' }], ...request }, connectionId)
    return exported(job, exportDeps(database, rows === undefined ? {} : { rows }))
  }

  const idsOf = async (...asked: Parameters<typeof run>) =>
    jsonLines((await run(...asked)).text).map((line) => line['user_id'])

  test.each([
    ['email:u7@example.com', ids(7)],
    ['email:u1*', ids(1, 10, 11)],
    ['app_metadata.role:admin AND blocked:true', ids(0, 6)],
    ['app_metadata.role:admin', ids(0, 2, 4, 6, 8, 10)],
    ['NOT app_metadata.role:admin', ids(1, 3, 5, 7, 9, 11)],
    ['logins_count:[90 TO 92]', ids(8, 9, 10)],
    ['u3@example.com', ids(3)],
    ['email:nobody@example.com', []],
    ['*', ids(...GIVEN.keys())],
  ])(
    'an export with the query %s has exactly the users that match, in the order in which they were added',
    async (q, expected) => {
      expect(await idsOf({ q })).toEqual(expected)
      expect(csvRows((await run({ q, format: 'csv' })).text)).toEqual([
        ['user_id'],
        ...expected.map((id) => [`'${id}`]),
      ])
    },
  )

  test('a query never reaches the database as SQL', async () => {
    const [, , , , , fifth, , , , , , eleventh] = GIVEN
    for (const [user, expected] of [
      [fifth, ids(5)],
      [eleventh, ids(11)],
    ] as const) {
      const name = String(user?.['name']).replace(/["\\]/g, '\\$&')
      expect(await idsOf({ q: `name:"${name}"` }), name).toEqual(expected)
    }
    expect(await idsOf({ q: `app_metadata.\\'\\;drop:"'); drop table muster.users; --"` })).toEqual([])
    expect(await idsOf({})).toHaveLength(GIVEN.length)
  })

  test('an export with a query, a connection, a limit and a sort has the first of the matching users', async () => {
    const q = 'app_metadata.role:admin'
    expect(await idsOf({ q }, connection.id)).toEqual(ids(0, 2, 4, 6))
    expect(await idsOf({ q, limit: 3 })).toEqual(ids(0, 2, 4))
    expect(await idsOf({ q, limit: 3, sort: 'logins_count:1' })).toEqual(ids(10, 8, 6))
    expect(await idsOf({ q, limit: 1, sort: 'email:-1' }, other.id)).toEqual(ids(8))
    expect(await idsOf({ q: 'email:u0@example.com OR email:u11@example.com', limit: 1 })).toEqual(ids(0))
  })

  test('an export with a query and since has the changed users that match now, and all deletions', async () => {
    const { receipt } = await run({})
    await change('auth0|u03', { name: 'changed' })
    await change('auth0|u04', { name: 'changed' })
    await change('auth0|u06', { app_metadata: { role: 'user' } })
    await pgUserStore(database).remove('auth0|u01')
    const { text } = await run({ q: 'app_metadata.role:admin', since: receipt.until ?? '' })
    expect(jsonLines(text)).toEqual([{ user_id: 'auth0|u01', deleted: true }, { user_id: 'auth0|u04' }])
  })

  test('P1 a user who matches during the whole export is in the file once, within the limit, during other writes', async () => {
    const { rows } = exportDeps(database)
    let late = 0
    const disturbed: RowSource = {
      open: async (plan, signal) => {
        const snapshot = await rows.open(plan, signal)
        for (const id of ids(1, 3, 5)) await change(id, { app_metadata: { role: 'admin' } })
        await addUser({ email: `late${late++}@example.com`, app_metadata: { role: 'admin' } })
        return snapshot
      },
    }
    const q = 'app_metadata.role:admin'
    expect(await idsOf({ q, limit: 4 }, undefined, disturbed)).toEqual(ids(0, 2, 4, 6))
    const everybody = await idsOf({ q }, undefined, disturbed)
    for (const id of ids(0, 2, 4, 6, 8, 10)) expect(everybody.filter((found) => found === id)).toHaveLength(1)
  })

  test('an export accepts a query with as many clauses as allowed', async () => {
    const words = Array.from({ length: 62 }, (_, n) => `w${n}`).join(' OR ')
    expect(await idsOf({ q: `${words} OR u3@example.com` })).toEqual(ids(3))
    const roles = Array.from({ length: 511 }, (_, n) => `r${n}`).join(' OR ')
    expect(await idsOf({ q: `app_metadata.a:(${roles}) OR email:u3@example.com` })).toEqual(ids(3))
  })
})
