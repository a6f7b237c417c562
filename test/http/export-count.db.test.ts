import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addRoutes } from '../../src/http/add-routes.ts'
import { postUsersExports } from '../../src/http/routes/post-users-exports.ts'
import { postUsersExportsCount } from '../../src/http/routes/post-users-exports-count.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { pgJobStore } from '../../src/jobs/pg-job-store.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgChangeLog } from '../../src/relations/pg-change-log.ts'
import { pgSizeGuess } from '../../src/rows/pg-size-guess.ts'
import { pgUserCount } from '../../src/rows/pg-user-count.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase } from '../fixtures/engines.ts'
import { addUser, connection, openExportTenant, other } from '../fixtures/export-tenant.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

describe.each(ENGINES)('the count of an export over HTTP on $name', (engine) => {
  let opened: TestDatabase
  let app: FastifyInstance
  beforeAll(async () => {
    opened = await openExportTenant(engine)
    const { database } = opened
    const deps = {
      jobs: pgJobStore(database),
      clock: fixedClock('2026-03-01T00:00:00.000Z'),
      connections: pgConnectionStore(database),
      changes: pgChangeLog(database),
      counts: pgUserCount(database.briefly, musterUsers),
      tokens: openTokens,
      wake: () => undefined,
      fieldsMax: 500,
      sizes: pgSizeGuess(database, musterUsers),
    }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, [postUsersExports, postUsersExportsCount], deps)],
    })
    for (const email of ['a@x.io', 'b@x.io']) await addUser(database, { email })
    await addUser(database, { email: 'c@x.io' }, other)
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })

  async function post(url: string, payload: object, scope = 'read:users') {
    const headers = { authorization: `Bearer ${scope}` }
    const response = await app.inject({ method: 'POST', url: `/api/v2/jobs/${url}`, headers, payload })
    return { status: response.statusCode, body: response.json() as Record<string, unknown> }
  }

  test('a count says how many users the export would hold, and makes no job', async () => {
    const { status, body } = await post('users-exports/count', {
      connection_id: connection.id,
      q: 'email:*x.io',
    })
    expect(status).toBe(200)
    expect(body).toEqual({ users: 2, is_estimate: false })
    expect(await opened.database.query('select from muster.jobs')).toEqual([])
  })

  test.each([
    { q: 'email:(' },
    { format: 'xml' },
    { connection_id: 'con_0000000000000000' },
    { fields: [{ name: 'a..b' }] },
    { format: 'json', csv: { bom: true } },
    { since: '2026-04-01T00:00:00Z' },
    { shoe: 43 },
  ])('a count refuses %j in the words of an export', async (asked) => {
    const refused = await post('users-exports', asked)
    expect(refused.status).toBe(400)
    expect(await post('users-exports/count', asked)).toEqual(refused)
  })

  test('a count needs the scope of an export', async () => {
    expect(await post('users-exports/count', {}, 'create:users')).toMatchObject({ status: 403 })
  })
})
