import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addRoutes } from '../../src/http/add-routes.ts'
import { deleteConnection } from '../../src/http/routes/delete-connection.ts'
import { getConnection } from '../../src/http/routes/get-connection.ts'
import { getConnectionClients } from '../../src/http/routes/get-connection-clients.ts'
import { getConnections } from '../../src/http/routes/get-connections.ts'
import { patchConnection } from '../../src/http/routes/patch-connection.ts'
import { postConnections } from '../../src/http/routes/post-connections.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { pgClientGrantStore } from '../../src/tokens/pg-client-grant-store.ts'
import { pgClientStore } from '../../src/tokens/pg-client-store.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

const authorization = 'Bearer read:connections create:connections update:connections delete:connections'

describe.each(ENGINES)('/api/v2/connections on $name', (engine) => {
  let opened: TestDatabase
  let app: FastifyInstance
  let ids: string[]

  beforeAll(async () => {
    opened = await withDatabase(engine)
    const deps = {
      clientGrants: pgClientGrantStore(opened.database),
      connections: pgConnectionStore(opened.database),
      clock: fixedClock('2026-01-01T00:00:00Z'),
      tokens: openTokens,
      publicUrl: 'https://muster.example',
    }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [
        (to) =>
          addRoutes(
            to,
            [
              getConnections,
              postConnections,
              getConnection,
              patchConnection,
              deleteConnection,
              getConnectionClients,
            ],
            deps,
          ),
      ],
    })
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })
  beforeEach(async () => {
    const connections = pgConnectionStore(opened.database)
    for (const { id } of await connections.list()) await connections.remove(id)
    ids = []
    for (const [name, strategy] of [
      ['Users', 'auth0'],
      ['github', 'github'],
      ['More-Users', 'auth0'],
    ]) {
      ids.push((await call('POST', '', { name, strategy })).body.id)
    }
  })

  async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) {
    const response = await app.inject({
      method,
      url: `/api/v2/connections${path}`,
      headers: { authorization },
      ...(payload === undefined ? {} : { payload }),
    })
    const link = response.headers['link']
    return { status: response.statusCode, body: response.json(), ...(link === undefined ? {} : { link }) }
  }

  async function names(query: string): Promise<string[]> {
    return (await call('GET', query)).body.map((connection: { name: string }) => connection.name)
  }

  test('a list of connections is an array, with totals an object, and by checkpoint another object', async () => {
    expect(await names('')).toEqual(['Users', 'github', 'More-Users'])
    expect(await names('?page=1&per_page=2')).toEqual(['More-Users'])
    expect(await names('?page=9')).toEqual([])
    const totals = await call('GET', '?include_totals=true&page=1&per_page=2')
    expect(totals.body).toEqual({
      total: 3,
      start: 2,
      limit: 2,
      connections: [expect.objectContaining({ id: ids[2] })],
    })
    // A query with take gets checkpoint pages, even with other parameters.
    const first = await call('GET', '?include_totals=true&take=2')
    expect(first.body).toEqual({
      connections: [expect.objectContaining({ id: ids[0] }), expect.objectContaining({ id: ids[1] })],
      next: expect.any(String),
    })
    const last = await call('GET', `?take=2&from=${first.body.next}`)
    expect(last.body).toEqual({ connections: [expect.objectContaining({ id: ids[2] })] })
  })

  test('a numbered page links to the first, last, next and previous page and keeps the other parameters', async () => {
    const at = 'https://muster.example/api/v2/connections?'
    const links = async (query: string) => String((await call('GET', query)).link)
    expect(await links('')).toBe(
      `<${at}page=0&per_page=50>; rel="first", <${at}page=0&per_page=50>; rel="last"`,
    )
    const rest = 'strategy=auth0&strategy=github&fields=name%2Cid&name='
    const to = (relation: string, page: number) => `<${at}${rest}&page=${page}&per_page=1>; rel="${relation}"`
    expect(await links(`?page=1&${rest}&per_page=1`)).toBe(
      [to('first', 0), to('prev', 0), to('last', 0)].join(', '),
    )
    const middle = await links('?per_page=1&page=1&include_totals=true')
    expect(
      [...middle.matchAll(/<[^>]*[?&]page=(\d)[^>]*>; rel="(\w+)"/g)].map((match) => match.slice(1)),
    ).toEqual([
      ['0', 'first'],
      ['0', 'prev'],
      ['2', 'next'],
      ['2', 'last'],
    ])
    // What a caller writes into a query cannot end the link, nor the header.
    expect(await links('/?name=%3E%0d%0aSet-Cookie:%20a;%22')).toContain(
      `<${at}name=%3E%0D%0ASet-Cookie%3A+a%3B%22&page=0`,
    )
    // A header of any length is what many clients and proxies do not take.
    expect(await links(`?x=${'x'.repeat(5000)}`)).toBe(await links(''))
    expect((await call('GET', `?name=${'x'.repeat(5000)}`)).link).toBeUndefined()
    expect((await call('GET', '?take=2')).link).toBeUndefined()
  })

  test('a PATCH of a connection replaces its options as a whole and can change nothing else', async () => {
    const path = `/${ids[0]}`
    const options = { import_mode: true, nested: { list: [1, 'two'] } }
    expect(await call('PATCH', path, { options: { old: 1 } })).toMatchObject({
      status: 200,
      body: { name: 'Users' },
    })
    const changed = await call('PATCH', path, { options, name: 'Other' })
    expect(changed.body).toMatchObject({ id: ids[0], name: 'Users', options })
    expect((await call('GET', path)).body).toEqual(changed.body)
    expect((await call('PATCH', path, {})).body).toEqual(changed.body)
    expect((await call('PATCH', '/con_0000000000000000', { options })).status).toBe(404)
    for (const wrong of [[], 'x', { a: '\0' }, null])
      expect((await call('PATCH', path, { options: wrong })).status).toBe(400)
  })

  test('a checkpoint whose connection was deleted is refused', async () => {
    const { next } = (await call('GET', '?take=1')).body
    await call('DELETE', `/${ids[0]}`)
    for (const from of [next, 'nonsense']) {
      expect(await call('GET', `?take=1&from=${from}`)).toMatchObject({
        status: 400,
        body: { errorCode: 'invalid_paging', message: expect.stringContaining("'from' parameter") },
      })
    }
  })

  test('a list of connections is filtered by name and by strategies, which may repeat', async () => {
    expect(await names('?strategy=auth0')).toEqual(['Users', 'More-Users'])
    expect(await names('?strategy=auth0&strategy=github')).toHaveLength(3)
    expect(await names('?name=github')).toEqual(['github'])
    expect(await names('?name=github&strategy=auth0')).toEqual([])
  })

  test('a wrong query about connections is refused in Auth0’s words', async () => {
    expect(await call('GET', '?page=10&per_page=100')).toMatchObject({
      status: 400,
      body: {
        message:
          'Requesting page 10 exceeds the allowed maximum of 1000 records. To fetch results beyond 1000, use the checkpoint pagination method.',
        errorCode: 'invalid_paging',
      },
    })
    for (const [query, words] of [
      [
        'take=101',
        "'Value 101 is greater than maximum 100' on property take (Number of results per page. Defaults to 50).",
      ],
      [
        'per_page=101',
        "'Value 101 is greater than maximum 100' on property per_page (Number of results per page).",
      ],
      [
        'page=-1',
        "'Value -1 is less than minimum 0' on property page (Page index of the results to return. First page is 0).",
      ],
      [
        'take=x',
        "'Expected type integer but found type string' on property take (Number of results per page. Defaults to 50).",
      ],
    ]) {
      expect(await call('GET', `?${query}`)).toEqual({
        status: 400,
        body: {
          statusCode: 400,
          error: 'Bad Request',
          message: `Query validation error: ${words}`,
          errorCode: 'invalid_query_string',
        },
      })
    }
  })

  test('a connection is shown whole, or with the fields asked for and is_domain_connection', async () => {
    const whole = {
      id: ids[0],
      options: {},
      strategy: 'auth0',
      name: 'Users',
      is_domain_connection: false,
      enabled_clients: [],
      realms: ['Users'],
    }
    expect(await call('GET', `/${ids[0]}`)).toEqual({ status: 200, body: whole })
    expect((await call('GET', `/${ids[0]}?fields=name,id`)).body).toEqual({
      id: ids[0],
      name: 'Users',
      is_domain_connection: false,
    })
    const { options: _dropped, realms: _too, ...rest } = whole
    expect((await call('GET', `/${ids[0]}?fields=options,realms&include_fields=false`)).body).toEqual(rest)
  })

  test('a connection’s list of enabled clients names the clients that have a grant', async () => {
    const clients = pgClientStore(opened.database)
    const now = new Date(0)
    const paths = ['', '?include_totals=true', `/${ids[0]}`]
    const access = (clientId: string, scope: readonly string[] | undefined) => ({
      client: { clientId, name: clientId, settings: {}, createdAt: now, updatedAt: now },
      secretHash: 'x',
      scope,
    })
    await clients.put(access('granted', ['create:users']))
    await clients.put(access('granted-too', []))
    await clients.add(access('without', undefined).client, 'x')
    try {
      const all = [{ client_id: 'granted' }, { client_id: 'granted-too' }]
      expect(await call('GET', `/${ids[0]}/clients`)).toEqual({ status: 200, body: { clients: all } })
      const { body } = await call('GET', `/${ids[0]}/clients?take=1&from=`)
      expect(body).toEqual({ clients: [all[0]], next: expect.any(String) })
      expect((await call('GET', `/${ids[0]}/clients?from=${body.next}`)).body).toEqual({ clients: [all[1]] })
      for (const path of paths) {
        const { body: found } = await call('GET', path)
        const [connection] = Array.isArray(found) ? found : (found.connections ?? [found])
        expect(connection.enabled_clients).toEqual(['granted', 'granted-too'])
      }
      const made = await call('POST', '', { name: 'Made', strategy: 'auth0', enabled_clients: ['x'] })
      expect([made.status, made.body.enabled_clients]).toEqual([201, ['granted', 'granted-too']])
    } finally {
      for (const id of ['granted', 'granted-too', 'without']) await clients.remove(id)
    }
    const missing = { status: 404, body: { message: 'The connection does not exist' } }
    expect(await call('GET', '/con_0000000000000000/clients')).toMatchObject(missing)
  })

  test('an empty checkpoint gets the first page of connections', async () => {
    for (const query of ['?take=2&from', '?from=', '?take=2&from=%20'])
      expect((await call('GET', query)).body.connections[0]).toMatchObject({ id: ids[0] })
  })

  test('an unknown or deleted connection gets 404', async () => {
    const missing = {
      status: 404,
      body: {
        statusCode: 404,
        error: 'Not Found',
        message: 'The connection does not exist',
        errorCode: 'inexistent_connection',
      },
    }
    expect(await call('GET', '/con_0000000000000000')).toEqual(missing)
    expect(await call('GET', '/x')).toEqual(missing)
    expect(await call('DELETE', `/${ids[0]}`)).toEqual({
      status: 202,
      body: { deleted_at: '2026-01-01T00:00:00.000Z' },
    })
    expect(await call('GET', `/${ids[0]}`)).toEqual(missing)
    expect(await call('DELETE', `/${ids[0]}`)).toEqual(missing)
  })

  test('a connection is made with its options, and its name can be used once', async () => {
    const options = { import_mode: true, nested: { list: [1, 'two'] } }
    const made = await call('POST', '', { name: 'New', strategy: 'auth0', options })
    expect(made).toMatchObject({
      status: 201,
      body: { id: expect.stringMatching(/^con_[A-Za-z0-9]{16}$/), name: 'New', options, realms: ['New'] },
    })
    expect((await call('GET', `/${made.body.id}`)).body).toEqual(made.body)
    expect(await call('POST', '', { name: 'New', strategy: 'auth0' })).toEqual({
      status: 409,
      body: {
        statusCode: 409,
        error: 'Conflict',
        message: 'A connection with the same name already exists',
        errorCode: 'connection_conflict',
      },
    })
  })

  test('a connection with a wrong body is refused, and a missing scope is reported before a wrong body', async () => {
    for (const body of [
      {},
      { name: 'New' },
      { name: 'a b', strategy: 'auth0' },
      { name: `x${'y'.repeat(128)}`, strategy: 'auth0' },
      { name: 'New', strategy: 'auth0', options: [] },
      { name: 'New', strategy: 'auth0', options: { text: 'a\0b' } },
    ]) {
      expect(await call('POST', '', body)).toMatchObject({ status: 400, body: { errorCode: 'invalid_body' } })
    }
    const refused = await app.inject({
      method: 'POST',
      url: '/api/v2/connections',
      headers: { authorization: 'Bearer read:connections', 'content-type': 'application/json' },
      payload: '{"name"',
    })
    expect(refused.json()).toMatchObject({ statusCode: 403, errorCode: 'insufficient_scope' })
  })
})
