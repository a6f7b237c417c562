import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newConnectionId } from '../../src/domain/ids.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { addRoutes } from '../../src/http/add-routes.ts'
import { getUsers } from '../../src/http/routes/get-users.ts'
import { getUsersByEmail } from '../../src/http/routes/get-users-by-email.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { newProfile } from '../../src/users/new-profile.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserFinder } from '../../src/users/pg-user-search.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

const PEOPLE = 130

describe.each(ENGINES)('searching users on $name', (engine) => {
  let opened: TestDatabase
  let app: FastifyInstance

  beforeAll(async () => {
    opened = await withDatabase(engine)
    const connections = pgConnectionStore(opened.database)
    const users = pgUserStore(opened.database)
    for (const name of ['Staff', 'Customers']) {
      const connection = { id: newConnectionId(), name, strategy: 'auth0', options: {} }
      await connections.add(connection)
      for (let n = 0; n < PEOPLE / 2; n++) {
        const given = {
          user_id: `${name}${n}`,
          email: `Person${n}@${name.toLowerCase()}.example`,
          ...(n % 3 === 0 ? { email_verified: n % 2 === 0, blocked: n % 4 === 0 } : {}),
          user_metadata: { n, ...(n % 2 === 0 ? { plan: 'gold' } : {}) },
        }
        const profile = newProfile(given, { connection, now: new Date(Date.UTC(2026, 0, 1 + n)) })
        expect(await users.add({ profile }, connection)).toBeUndefined()
      }
    }
    const deps = { finder: pgUserFinder(opened.database), connections, tokens: openTokens }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, [getUsers, getUsersByEmail], deps)],
    })
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })

  async function get(path: string, query: Record<string, string> = {}) {
    const response = await app.inject({
      url: `/api/v2/${path}`,
      query,
      headers: { authorization: 'Bearer read:users' },
    })
    return { status: response.statusCode, body: response.json() }
  }
  async function ids(query: Record<string, string>): Promise<string[]> {
    const { status, body } = await get('users', query)
    expect(status).toBe(200)
    return (body as JsonObject[]).map((user) => String(user['user_id']))
  }

  test('a search without parameters finds fifty users in the order in which they were added', async () => {
    const found = await ids({})
    expect(found).toHaveLength(50)
    expect(found.slice(0, 3)).toEqual(['auth0|Staff0', 'auth0|Staff1', 'auth0|Staff2'])
  })

  test('a page of users follows the page before, and with totals reports its position', async () => {
    const first = await ids({ page: '0', per_page: '60' })
    const second = await ids({ page: '1', per_page: '60' })
    const third = await get('users', { page: '2', per_page: '60', include_totals: 'true' })
    expect(new Set([...first, ...second]).size).toBe(120)
    expect(third.body).toMatchObject({ start: 120, limit: 60, length: 10, total: PEOPLE })
    expect(Object.keys(third.body)).toEqual(['start', 'limit', 'length', 'users', 'total'])
    expect((await get('users', { per_page: '0', include_totals: 'true' })).body).toEqual({
      start: 0,
      limit: 0,
      length: 0,
      users: [],
      total: PEOPLE,
    })
  })

  test('a query selects users, and its total counts the users selected', async () => {
    const q = 'user_metadata.plan:"gold" AND email.domain:staff.example'
    const { body } = await get('users', { q, include_totals: 'true', per_page: '5' })
    expect(body).toMatchObject({ length: 5, total: 33 })
    expect(await ids({ q: 'email:"PERSON7@STAFF.example"' })).toEqual(['auth0|Staff7'])
    expect(await ids({ q: 'user_id:"auth0|Staff7\' or true --"' })).toEqual([])
  })

  test('a malformed query is refused with the position', async () => {
    const { status, body } = await get('users', { q: 'email:(a OR' })
    expect(status).toBe(400)
    expect(body).toMatchObject({
      errorCode: 'invalid_query_string',
      message: expect.stringMatching(/position \d+/),
    })
  })

  test('a search in one connection finds only its users, and an unknown connection has none', async () => {
    expect((await get('users', { connection: 'Customers', include_totals: 'true' })).body).toMatchObject({
      total: PEOPLE / 2,
    })
    expect((await get('users', { connection: 'Nobody', include_totals: 'true' })).body).toMatchObject({
      total: 0,
      users: [],
    })
  })

  test('a search sorts users by an attribute, up or down', async () => {
    const sorted = await ids({ sort: 'created_at:-1', per_page: '2' })
    expect(sorted).toEqual(['auth0|Staff64', 'auth0|Customers64'])
    expect(await ids({ sort: 'email:1', per_page: '1' })).toEqual(['auth0|Customers0'])
    for (const sort of ['user_metadata:1', 'user_metadata.n:1', 'email', 'email:2', 'key:1', '__proto__:1'])
      expect(await get('users', { sort })).toMatchObject({
        status: 400,
        body: { errorCode: 'invalid_query_string' },
      })
  })

  test('a page beyond the first 1,000 users is refused', async () => {
    expect((await get('users', { page: '9', per_page: '100' })).status).toBe(200)
    for (const query of [
      { page: '10', per_page: '100' },
      { page: '20' },
      { page: '999999999999999', per_page: '1' },
    ]) {
      expect(await get('users', query as Record<string, string>)).toMatchObject({
        status: 400,
        body: {
          errorCode: 'invalid_paging',
          message:
            'You can only page through the first 1000 records. See https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation',
        },
      })
    }
  })

  test('a chain of checkpoints finds each user exactly once, even if users are deleted between pages', async () => {
    const seen: string[] = []
    let from: string | undefined
    do {
      const { body } = await get('users', { take: '40', ...(from === undefined ? {} : { from }) })
      seen.push(...body.users.map((user: JsonObject) => user['user_id']))
      from = body.next
    } while (from !== undefined)
    expect(seen).toHaveLength(PEOPLE)
    expect(new Set(seen).size).toBe(PEOPLE)
    expect((await get('users', { take: '10', from: 'bm9uZQ' })).body).toMatchObject({
      errorCode: 'invalid_paging',
    })
    expect((await get('users', { take: '101' })).status).toBe(400)
    for (const blank of ['', ' '])
      expect((await get('users', { take: '1', from: blank })).body.users).toMatchObject([
        { user_id: seen[0] },
      ])
  })

  test.each(['created_at', 'last_login', 'email', 'email_verified', 'name', 'blocked', 'logins_count'])(
    'a chain of checkpoints sorted by %s finds each user exactly once, also with equal or missing values',
    async (attribute) => {
      for (const direction of ['1', '-1']) {
        const sort = `${attribute}:${direction}`
        const seen: string[] = []
        let from = ''
        do {
          const { status, body } = await get('users', { take: '7', sort, from })
          expect(status).toBe(200)
          seen.push(...body.users.map((user: JsonObject) => user['user_id']))
          from = body.next ?? ''
        } while (from !== '')
        const whole = [await ids({ sort, per_page: '100' }), await ids({ sort, per_page: '100', page: '1' })]
        expect(seen).toEqual(whole.flat())
      }
    },
  )

  test('a checkpoint is refused with another sort order', async () => {
    const { next } = (await get('users', { take: '7', sort: 'created_at:1' })).body
    const plain = (await get('users', { take: '7' })).body.next
    const made = (list: unknown) => Buffer.from(JSON.stringify(list)).toString('base64url')
    for (const [from, sort] of [
      [next, 'created_at:-1'],
      [next, 'email:1'],
      [plain, 'created_at:1'],
      [made(['1', 'created_at:1', 5]), 'created_at:1'],
      [made([1, 'created_at:1', 'x']), 'created_at:1'],
    ])
      expect((await get('users', { take: '7', sort, from })).body).toMatchObject({
        errorCode: 'invalid_paging',
      })
    expect((await get('users', { take: '7', from: next })).body).toMatchObject({
      errorCode: 'invalid_paging',
    })
  })

  test('a search returns only the fields asked for', async () => {
    const { body } = await get('users', { per_page: '1', fields: 'email,user_id' })
    expect(body).toEqual([{ user_id: 'auth0|Staff0', email: 'person0@staff.example' }])
  })

  test('a search with an older search engine is refused', async () => {
    expect((await get('users', { search_engine: 'v2' })).body.message).toContain('No enum match for: v2')
    expect((await get('users', { search_engine: 'v3', per_page: '1' })).status).toBe(200)
  })

  test('a search by e-mail address finds the users who have that address, in any case', async () => {
    const { body } = await get('users-by-email', { email: 'PERSON3@customers.example', fields: 'user_id' })
    expect(body).toEqual([{ user_id: 'auth0|Customers3' }])
    expect((await get('users-by-email', { email: 'nobody@x.io' })).body).toEqual([])
    expect(await get('users-by-email')).toMatchObject({
      status: 400,
      body: { message: "Query validation error: 'Missing required property: email'." },
    })
  })

  describe('a page of large profiles', () => {
    const LARGE = 30
    const email = (n: number): string => `large${String(n).padStart(2, '0')}@x.example`
    beforeAll(async () => {
      const connection = { id: newConnectionId(), name: 'Large', strategy: 'auth0', options: {} }
      await pgConnectionStore(opened.database).add(connection)
      await opened.database.query(
        `insert into muster.users (connection_id, user_id, email, identities, created_at, updated_at, app_metadata)
         select $1, 'auth0|large' || n, 'large' || lpad(n::text, 2, '0') || '@x.example', '[]', '2026', '2026',
           jsonb_build_object('notes', repeat('n', 900000), 'id', '17841461234567891'::jsonb)
         from generate_series(1, ${LARGE}) as n`,
        [connection.id],
      )
    })
    afterAll(async () => {
      await opened.database.query(`delete from muster.users where user_id like 'auth0|large%'`)
      await opened.database.query(`delete from muster.connections where name = 'Large'`)
    })

    test('a page of large profiles is read a few users at a time, and its answer is the same', async () => {
      const finder = pgUserFinder(opened.database)
      const connection = (await pgConnectionStore(opened.database).list()).find(
        ({ name }) => name === 'Large',
      )
      const found = await finder.find({ connectionId: connection?.id ?? '', offset: 0, limit: 100 })
      expect(found).toHaveLength(LARGE)
      // 4 MiB, and the one that goes beyond.
      expect(found.filter(({ profile }) => profile !== undefined)).toHaveLength(5)
      const parts: number[] = []
      for await (const part of finder.profiles(found.slice(5))) parts.push(part.length)
      expect(Math.max(...parts)).toBe(4)
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(LARGE - 5)
    })

    test('a page of users with long names, which `preserve` allows, is read a few users at a time', async () => {
      const { database } = opened
      const connection = { id: newConnectionId(), name: 'Long names', strategy: 'github', options: {} }
      await pgConnectionStore(database).add(connection)
      await database.query(
        `insert into muster.users (connection_id, user_id, identities, created_at, updated_at, name)
         select $1, 'github|long' || n, '[]', '2026', '2026', repeat('n', 900000) from generate_series(1, 10) as n`,
        [connection.id],
      )
      const found = await pgUserFinder(database).find({ connectionId: connection.id, offset: 0, limit: 100 })
      await pgConnectionStore(database).remove(connection.id)
      expect(found).toHaveLength(10)
      expect(found.filter(({ profile }) => profile !== undefined)).toHaveLength(5)
    })

    test.each([
      [{ include_totals: 'true', sort: 'email:1' }, ['start', 'limit', 'length', 'users', 'total']],
      [{ take: '20' }, ['users', 'next']],
      [{}, undefined],
    ] as const)(
      'a page of large profiles has each member in its place and each user once: %j',
      async (query, names) => {
        const { status, body } = await get('users', {
          connection: 'Large',
          fields: 'email,app_metadata',
          ...query,
        })
        expect(status).toBe(200)
        if (names !== undefined) expect(Object.keys(body)).toEqual(names)
        const users: { email: string; app_metadata: { notes: string } }[] =
          names === undefined ? body : body.users
        const count = 'take' in query ? 20 : LARGE
        expect(users.map((user) => user.email)).toEqual(Array.from({ length: count }, (_, n) => email(n + 1)))
        expect(users.every((user) => user.app_metadata.notes.length === 900_000)).toBe(true)
        if ('include_totals' in query)
          expect(body).toMatchObject({ length: LARGE, total: LARGE, start: 0, limit: 50 })
      },
    )

    test('a page of large profiles keeps the digits of its numbers', async () => {
      const url = '/api/v2/users?connection=Large'
      const { body } = await app.inject({ url, headers: { authorization: 'Bearer read:users' } })
      expect(body.match(/"id":17841461234567891/g)).toHaveLength(LARGE)
    })
  })
})
