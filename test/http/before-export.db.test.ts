import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addRoutes } from '../../src/http/add-routes.ts'
import { postUsersExports } from '../../src/http/routes/post-users-exports.ts'
import { postUsersExportsCount } from '../../src/http/routes/post-users-exports-count.ts'
import { postUsersExportsPreview } from '../../src/http/routes/post-users-exports-preview.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { pgJobStore } from '../../src/jobs/pg-job-store.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgChangeLog } from '../../src/relations/pg-change-log.ts'
import { pgRowPreview } from '../../src/rows/pg-row-preview.ts'
import { pgSizeGuess } from '../../src/rows/pg-size-guess.ts'
import { pgUserCount } from '../../src/rows/pg-user-count.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase } from '../fixtures/engines.ts'
import { addUser, connection, openExportTenant, other } from '../fixtures/export-tenant.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

describe.each(ENGINES)('what is known before an export over HTTP on $name', (engine) => {
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
      previews: pgRowPreview(database.briefly, musterUsers),
      defaultFields: ['email'],
      tokens: openTokens,
      wake: () => undefined,
      fieldsMax: 500,
      sizes: pgSizeGuess(database, musterUsers),
    }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [
        (to) => addRoutes(to, [postUsersExports, postUsersExportsCount, postUsersExportsPreview], deps),
      ],
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
  ])('a count and a preview refuse %j in the words of an export', async (asked) => {
    const refused = await post('users-exports', asked)
    expect(refused.status).toBe(400)
    expect(await post('users-exports/count', asked)).toEqual(refused)
    expect(await post('users-exports/preview', asked)).toEqual(refused)
  })

  test('a preview shows what the file begins with, and makes no job', async () => {
    const asked = { fields: [{ name: 'email', export_as: '=E' }], connection_id: connection.id }
    const { status, body } = await post('users-exports/preview', asked)
    expect(status).toBe(200)
    expect(body).toEqual({
      format: 'csv',
      columns: ['=E'],
      users: 2,
      text: `'=E\n"'a@x.io"\n"'b@x.io"\n`,
      is_cut: false,
    })
    expect(await opened.database.query('select from muster.jobs')).toEqual([])
  })

  test('a preview has the default fields of the settings', async () => {
    expect((await post('users-exports/preview', { fields: [] })).body).toMatchObject({ columns: ['email'] })
  })

  test('hostile texts come in a preview as they are', async () => {
    const hostile = [
      '<script>alert(1)</script>',
      '\u202Eevil',
      '=1+1',
      'a\u2028b',
      'x'.repeat(10_000),
      '"\n,',
    ]
    for (const [at, name] of hostile.entries()) await addUser(opened.database, { email: `h${at}@y.io`, name })
    const asked = { format: 'json', fields: [{ name: 'name' }], q: 'email.domain:y.io' }
    const { body } = await post('users-exports/preview', asked)
    const lines = String(body['text']).split('\n').slice(0, -1)
    expect(lines.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(hostile)
    expect(body['text']).toContain('\\u2028')
    const csv = await post('users-exports/preview', { ...asked, format: 'csv' })
    expect(csv.body['text']).toContain(`"'=1+1"`)
  })

  test('a count and a preview need the scope of an export', async () => {
    for (const what of ['count', 'preview'])
      expect(await post(`users-exports/${what}`, {}, 'create:users')).toMatchObject({ status: 403 })
  })
})
