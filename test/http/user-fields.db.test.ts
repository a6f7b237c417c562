import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addRoutes } from '../../src/http/add-routes.ts'
import { getUserFields } from '../../src/http/routes/get-user-fields.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgUserCount } from '../../src/rows/pg-user-count.ts'
import { pgUserSample } from '../../src/rows/pg-user-sample.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { ENGINES, type TestDatabase } from '../fixtures/engines.ts'
import { addUser, connection, openExportTenant, other } from '../fixtures/export-tenant.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

interface Answer {
  readonly fields: readonly { readonly name: string; readonly users: number; readonly share: number }[]
  readonly sampled: number
  readonly is_sample: boolean
  readonly users: number
}

describe.each(ENGINES)('the fields of users over HTTP on $name', (engine) => {
  let opened: TestDatabase
  let app: FastifyInstance
  beforeAll(async () => {
    opened = await openExportTenant(engine)
    const { database } = opened
    const deps = {
      connections: pgConnectionStore(database),
      samples: pgUserSample(database.briefly, musterUsers),
      counts: pgUserCount(database.briefly, musterUsers),
      tokens: openTokens,
    }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, [getUserFields], deps)],
    })
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })
  beforeEach(() => opened.database.query('delete from muster.users'))

  async function get(query: Readonly<Record<string, string>> = {}) {
    const url = `/api/v2/user-fields?${new URLSearchParams(query)}`
    const response = await app.inject({ url, headers: { authorization: 'Bearer read:users' } })
    return { status: response.statusCode, body: response.json() as Answer }
  }

  const manyUsers = (count: number) =>
    opened.database.query(
      `insert into muster.users (connection_id, user_id, email, blocked, identities, user_metadata, created_at, updated_at)
       select $1, 'auth0|' || n, n || '@example.com', n % 4 = 0, '[]', jsonb_build_object('half', n > $2::int / 2, 'n', n), '2026-01-01', '2026-01-01'
       from generate_series(1, $2::int) as n`,
      [connection.id, count],
    )

  test('all users are read if they are few', async () => {
    await addUser(opened.database, { email: 'a@x.io', user_metadata: { consent: { given: true } } })
    await addUser(opened.database, { email: 'b@x.io' }, other)
    const { status, body } = await get()
    expect(status).toBe(200)
    expect(body).toMatchObject({ sampled: 2, is_sample: false, users: 2 })
    expect(body.fields.find(({ name }) => name === 'user_metadata.consent.given')).toEqual({
      ...{ name: 'user_metadata.consent.given', types: ['boolean'], users: 1, share: 0.5, example: true },
    })
    expect(body.fields.find(({ name }) => name === 'identities[0].connection')).toMatchObject({ share: 1 })
    expect(body.fields.find(({ name }) => name === 'phone_number')).toMatchObject({ users: 0, share: 0 })
  })

  test('a tenant without users has the attributes of a profile', async () => {
    const { body } = await get()
    expect(body).toMatchObject({ sampled: 0, is_sample: false, users: 0 })
    expect(body.fields[0]).toEqual({ name: 'user_id', types: ['string'], users: 0, share: 0 })
  })

  test('a connection and a query choose the users', async () => {
    await addUser(opened.database, { email: 'a@x.io' }, other)
    await addUser(opened.database, { email: 'b@x.io' })
    await addUser(opened.database, { email: 'c@x.io', blocked: true })
    expect((await get({ connection_id: connection.id })).body).toMatchObject({ sampled: 2, users: 2 })
    expect((await get({ connection_id: connection.id, q: 'blocked:true' })).body).toMatchObject({
      sampled: 1,
      users: 1,
    })
  })

  test('a sample of many users is looked at, new and old ones alike', async () => {
    await manyUsers(30_000)
    await opened.database.query('analyze muster.users')
    const { body } = await get()
    expect(body.is_sample).toBe(true)
    // A busy machine reads fewer in time.
    expect(body.sampled).toBeGreaterThan(90)
    expect(body.users).toBeGreaterThan(25_000)
    expect(body.users).toBeLessThan(35_000)
    const half = await get({ q: 'user_metadata.half:true' })
    expect(half.body.is_sample).toBe(true)
    expect(half.body.sampled).toBeGreaterThan(20)
    expect(half.body.users).toBeGreaterThan(12_000)
    expect(half.body.users).toBeLessThan(18_000)
    const n = body.fields.find(({ name }) => name === 'user_metadata.n')
    expect(n).toMatchObject({ users: body.sampled, share: 1 })
  })

  test('a sample is spread over all users', async () => {
    await manyUsers(30_000)
    const found: number[] = []
    await pgUserSample(opened.database.briefly, musterUsers).take({}, async (users) => {
      for (const { attributes } of users) found.push((attributes['user_metadata'] as { n: number }).n)
    })
    expect(new Set(found).size).toBe(found.length)
    const shareOf = (is: (n: number) => boolean): number => found.filter(is).length / found.length
    for (const share of [shareOf((n) => n <= 10_000), shareOf((n) => n > 20_000)]) {
      expect(share).toBeGreaterThan(0.2)
      expect(share).toBeLessThan(0.5)
    }
  })

  test('metadata of hundreds of kilobytes is counted and not read', async () => {
    await addUser(opened.database, { email: 'a@x.io', user_metadata: { large: 'x'.repeat(300_000) } })
    const { body } = await get()
    expect(body.fields.find(({ name }) => name === 'user_metadata')).toMatchObject({ users: 1 })
    expect(body.fields.map(({ name }) => name)).not.toContain('user_metadata.large')
  })

  test.each([
    { q: 'email:(' },
    { connection_id: 'con_0000000000000000' },
    { connection_id: 'x' },
    { shoe: '43' },
  ])('a request for the fields of %j is refused', async (asked) => {
    expect(await get(asked as Record<string, string>)).toMatchObject({ status: 400 })
  })
})
