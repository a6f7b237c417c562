import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addRoutes } from '../../src/http/add-routes.ts'
import { getStatsActiveUsers } from '../../src/http/routes/get-stats-active-users.ts'
import { getStatsDaily } from '../../src/http/routes/get-stats-daily.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgUserStats } from '../../src/users/pg-user-stats.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase } from '../fixtures/engines.ts'
import { addUser, openExportTenant } from '../fixtures/export-tenant.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

describe.each(ENGINES)('statistics over HTTP on $name', (engine) => {
  let opened: TestDatabase
  let app: FastifyInstance
  beforeAll(async () => {
    opened = await openExportTenant(engine)
    const { database } = opened
    const deps = {
      clock: fixedClock('2026-03-05T12:00:00.000Z'),
      stats: pgUserStats(database.briefly, musterUsers),
      tokens: openTokens,
    }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, [getStatsDaily, getStatsActiveUsers], deps)],
    })
    const users = [
      { created_at: '2026-03-01T00:00:00.000Z', last_login: '2026-03-02T23:59:59.999Z' },
      { created_at: '2026-03-01T23:59:59.999Z', last_login: '2026-03-03T00:00:00.000Z' },
      { created_at: '2026-03-02T10:00:00.000Z' },
      { created_at: '2025-01-01T10:00:00.000Z', last_login: '2026-02-03T11:59:59.999Z' },
      { created_at: '2025-01-01T11:00:00.000Z', last_login: '2026-02-03T12:00:00.000Z' },
      { created_at: '2025-01-01T12:00:00.000Z', last_login: '2026-03-05T13:00:00.000Z' },
    ]
    for (const [at, user] of users.entries())
      await addUser(database, { email: `u${at}@example.com`, ...user })
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })

  async function get(url: string, scope = 'read:stats') {
    const response = await app.inject({
      url: `/api/v2/stats/${url}`,
      headers: { authorization: `Bearer ${scope}` },
    })
    return { status: response.statusCode, body: response.json() as unknown }
  }

  test('each day has its sign-ups and last logins, also a day without any', async () => {
    const { status, body } = await get('daily?from=20260301&to=20260304')
    expect(status).toBe(200)
    const day = (date: string, [signups, logins]: number[], [first, last]: string[]) => ({
      date: `${date}T00:00:00.000Z`,
      logins,
      signups,
      leaked_passwords: 0,
      updated_at: last,
      created_at: first,
    })
    expect(body).toEqual([
      day('2026-03-01', [2, 0], ['2026-03-01T00:00:00.000Z', '2026-03-01T23:59:59.999Z']),
      day('2026-03-02', [1, 1], ['2026-03-02T10:00:00.000Z', '2026-03-02T23:59:59.999Z']),
      day('2026-03-03', [0, 1], ['2026-03-03T00:00:00.000Z', '2026-03-03T00:00:00.000Z']),
      day('2026-03-04', [0, 0], ['2026-03-04T00:00:00.000Z', '2026-03-04T00:00:00.000Z']),
    ])
  })

  test('the last 30 days are counted if the request names none', async () => {
    const days = (await get('daily')).body as { readonly date: string }[]
    expect(days).toHaveLength(30)
    expect(days[0]?.date).toBe('2026-02-04T00:00:00.000Z')
    expect(days.at(-1)?.date).toBe('2026-03-05T00:00:00.000Z')
    expect((await get('daily?to=20260131')).body).toHaveLength(30)
  })

  test('a whole year is counted', async () => {
    const days = (await get('daily?from=20250101&to=20260101')).body as { readonly signups: number }[]
    expect(days).toHaveLength(366)
    expect(days[0]?.signups).toBe(3)
  })

  test.each([
    'from=2026-03-01',
    'from=20260230',
    'to=x',
    'from=20260305&to=20260304',
    'from=20200101',
    'from=00000101',
  ])('a request for the days %s is refused', async (query) => {
    expect(await get(`daily?${query}`)).toMatchObject({
      status: 400,
      body: { errorCode: 'invalid_query_string' },
    })
  })

  test('active users have logged in during the last 30 days', async () => {
    expect(await get('active-users')).toEqual({ status: 200, body: 4 })
  })

  test('statistics need a scope of their own', async () => {
    expect(await get('active-users', 'read:users')).toMatchObject({ status: 403 })
    expect(await get('daily', 'read:users')).toMatchObject({ status: 403 })
  })
})
