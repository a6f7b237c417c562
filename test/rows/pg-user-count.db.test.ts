import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import { Failure } from '../../src/domain/failure.ts'
import type { Briefly } from '../../src/pg/briefly.ts'
import { planExport } from '../../src/plan/export-plan.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgUserCount } from '../../src/rows/pg-user-count.ts'
import { ENGINES, type TestDatabase } from '../fixtures/engines.ts'
import { addUser, connection, openExportTenant, other } from '../fixtures/export-tenant.ts'

/** Each statement takes a whole second of the time that is left, as on a tenant that is far too large. */
function slowly(briefly: Briefly): Briefly {
  return {
    ...briefly,
    run: (bounds, work) => {
      let statements = 0
      return briefly.run(bounds, (session) =>
        work({
          ...session,
          query: (text, values) => {
            statements++
            return session.query(text, values)
          },
          secondsLeft: () => bounds.seconds - statements,
        }),
      )
    },
  }
}

/** Counting fails for want of time, and the planner is asked. */
function hurried(briefly: Briefly): Briefly {
  return {
    ...briefly,
    run: (bounds, work) =>
      briefly.run(bounds, (session) =>
        work({
          ...session,
          query: async (text, values) => {
            if (/^select count\(\*\) as users from \(/.test(text))
              throw new Failure('reading_too_slow', 'slow')
            return session.query(text, values)
          },
        }),
      ),
  }
}

describe.each(ENGINES)('the number of users of an export on $name', ({ name }) => {
  let opened: TestDatabase
  beforeAll(async () => {
    opened = await openExportTenant({ name })
  })
  afterAll(() => opened.stop())
  afterEach(() => opened.database.query('truncate muster.users, muster.deleted_users cascade'))

  const plan = (request: Partial<ExportRequest>, connectionId?: string) =>
    planExport({ format: 'csv', ...request }, { connectionId })

  const manyUsers = (count: number) =>
    opened.database.query(
      `insert into muster.users (connection_id, user_id, email, blocked, identities, created_at, updated_at)
       select $1, 'auth0|' || n, n || '@example.com', n % 4 = 0, '[]', '2026-01-01', '2026-01-01'
       from generate_series(1, $2::int) as n`,
      [connection.id, count],
    )

  test('users are counted by connection, query and limit', async () => {
    for (const email of ['a@x.io', 'b@x.io', 'c@y.io']) await addUser(opened.database, { email })
    await addUser(opened.database, { email: 'd@x.io' }, other)
    const counts = pgUserCount(opened.database.briefly, musterUsers)
    const count = async (...asked: Parameters<typeof plan>) => counts.count(plan(...asked), 2)
    expect(await count({})).toEqual({ users: 4, isEstimate: false })
    expect(await count({}, connection.id)).toEqual({ users: 3, isEstimate: false })
    expect(await count({ q: 'email:*@x.io' })).toEqual({ users: 3, isEstimate: false })
    expect(await count({ q: 'email:*@x.io', limit: 2 })).toEqual({ users: 2, isEstimate: false })
    expect(await count({ q: 'email:nobody' }, other.id)).toEqual({ users: 0, isEstimate: false })
  })

  test('users of an empty tenant are none', async () => {
    const counts = pgUserCount(opened.database.briefly, musterUsers)
    expect(await counts.count(plan({}), 2)).toEqual({ users: 0, isEstimate: false })
  })

  test('deletions count if the format names them', async () => {
    await addUser(opened.database, { email: 'a@x.io' })
    await opened.database.query(`insert into muster.deleted_users (connection_id, user_id, deleted_at)
      values ('${connection.id}', 'auth0|gone', '2026-06-01')`)
    const counts = pgUserCount(opened.database.briefly, musterUsers)
    const since = '2026-01-01T00:00:00Z'
    expect(await counts.count(plan({ format: 'json', since }), 2)).toEqual({ users: 2, isEstimate: false })
    expect(await counts.count(plan({ format: 'csv', since }), 2)).toEqual({ users: 1, isEstimate: false })
  })

  test('a count that takes too long is an estimate near the truth', async () => {
    await manyUsers(60_000)
    await opened.database.query('analyze muster.users')
    const briefly = name === 'embedded' ? slowly : hurried
    const counts = pgUserCount(briefly(opened.database.briefly), musterUsers)
    const all = await counts.count(plan({}), 4)
    expect(all.isEstimate).toBe(true)
    expect(all.users).toBeGreaterThan(50_000)
    expect(all.users).toBeLessThan(70_000)
    const found = await counts.count(plan({ q: 'blocked:true' }), 4)
    expect(found.isEstimate).toBe(true)
    expect(found.users).toBeGreaterThan(12_000)
    expect(found.users).toBeLessThan(18_000)
    expect(await counts.count(plan({ q: 'blocked:true', limit: 100 }), 4)).toMatchObject({ users: 100 })
  })
})
