import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addRoutes } from '../../src/http/add-routes.ts'
import { deleteClient } from '../../src/http/routes/delete-client.ts'
import { deleteClientGrant } from '../../src/http/routes/delete-client-grant.ts'
import { deleteConnection } from '../../src/http/routes/delete-connection.ts'
import { getClient } from '../../src/http/routes/get-client.ts'
import { getClientGrant } from '../../src/http/routes/get-client-grant.ts'
import { getClientGrants } from '../../src/http/routes/get-client-grants.ts'
import { getClients } from '../../src/http/routes/get-clients.ts'
import { getConnection } from '../../src/http/routes/get-connection.ts'
import { getConnectionClients } from '../../src/http/routes/get-connection-clients.ts'
import { getConnections } from '../../src/http/routes/get-connections.ts'
import { patchClient } from '../../src/http/routes/patch-client.ts'
import { patchClientGrant } from '../../src/http/routes/patch-client-grant.ts'
import { patchConnection } from '../../src/http/routes/patch-connection.ts'
import { postClientGrants } from '../../src/http/routes/post-client-grants.ts'
import { postClientRotateSecret } from '../../src/http/routes/post-client-rotate-secret.ts'
import { postClients } from '../../src/http/routes/post-clients.ts'
import { postConnections } from '../../src/http/routes/post-connections.ts'
import { postOauthToken } from '../../src/http/routes/post-oauth-token.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { ensureFirstClient } from '../../src/tokens/first-client.ts'
import { pgClientGrantStore } from '../../src/tokens/pg-client-grant-store.ts'
import { pgClientStore } from '../../src/tokens/pg-client-store.ts'
import { pgSecretStore } from '../../src/tokens/pg-secret-store.ts'
import { newTokens } from '../../src/tokens/tokens.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { hashingDeps } from '../fixtures/client-secrets.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { loadKey, ringOfOne } from '../fixtures/signing-keys.ts'

const publicUrl = 'https://muster.example'
const audience = `${publicUrl}/api/v2/`
const first = { id: 'first', secret: 'the first secret' }

const ROUTES = [
  postOauthToken,
  getConnections,
  postConnections,
  getConnection,
  patchConnection,
  deleteConnection,
  getConnectionClients,
  getClients,
  postClients,
  getClient,
  patchClient,
  deleteClient,
  postClientRotateSecret,
  getClientGrants,
  postClientGrants,
  getClientGrant,
  patchClientGrant,
  deleteClientGrant,
] as const

describe.each(ENGINES)('clients and their grants on $name', (engine) => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  let opened: TestDatabase
  let app: FastifyInstance
  let token: string

  beforeAll(async () => {
    opened = await withDatabase(engine)
    const { database } = opened
    const key = await loadKey(pgSecretStore(database))
    const tokens = newTokens({ keys: ringOfOne(key), clock, publicUrl, lifetimeSeconds: 86_400 })
    const clients = pgClientStore(database)
    const hashing = hashingDeps(clock)
    await ensureFirstClient(first, { clients, clock, ...hashing })
    const deps = {
      ...hashing,
      clients,
      clientGrants: pgClientGrantStore(database),
      connections: pgConnectionStore(database),
      tokens,
      clock,
      publicUrl,
      tenant: 'acme',
    }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, ROUTES, deps)],
    })
    token = (await tokenFor(first)).body.access_token
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })
  beforeEach(async () => {
    const clients = pgClientStore(opened.database)
    for (const { clientId } of await clients.list()) if (clientId !== first.id) await clients.remove(clientId)
  })

  type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
  async function call(method: Method, path: string, payload?: unknown, bearer = token) {
    const response = await app.inject({
      method,
      url: `/api/v2/${path}`,
      headers: { authorization: `Bearer ${bearer}` },
      ...(payload === undefined ? {} : { payload: payload as object }),
    })
    const body = response.body === '' ? undefined : response.json()
    return { status: response.statusCode, body, headers: response.headers }
  }

  async function tokenFor({ id, secret }: { id: string; secret: string }, more: object = {}) {
    const response = await app.inject({
      method: 'POST',
      url: '/oauth/token',
      payload: { grant_type: 'client_credentials', client_id: id, client_secret: secret, audience, ...more },
    })
    return { status: response.statusCode, body: response.json() }
  }

  async function newClient(members: object = {}): Promise<{ id: string; secret: string }> {
    const { status, body } = await call('POST', 'clients', { name: 'A script', ...members })
    expect(status).toBe(201)
    return { id: body.client_id, secret: body.client_secret }
  }

  const grant = (clientId: string, ...scope: string[]) =>
    call('POST', 'client-grants', { client_id: clientId, audience, scope })

  const notFound = (message: string, errorCode: string) => ({
    status: 404,
    body: { statusCode: 404, error: 'Not Found', message, errorCode },
  })
  const noClient = notFound('Client not found.', 'inexistent_client')

  test('a client that a script makes with read:users may read users and do nothing else', async () => {
    const made = await newClient()
    expect(await tokenFor(made)).toEqual({
      status: 403,
      body: {
        error: 'access_denied',
        error_description: expect.stringContaining('is not authorized to access'),
      },
    })
    expect(await grant(made.id, 'read:users', 'read:connections', 'read:users')).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^cgr_[A-Za-z0-9]{16}$/),
        client_id: made.id,
        audience,
        scope: ['read:users', 'read:connections'],
        subject_type: 'client',
      },
    })
    const { body } = await tokenFor(made)
    expect(body.scope).toBe('read:users read:connections')
    expect((await call('GET', 'connections', undefined, body.access_token)).status).toBe(200)
    expect(await call('GET', 'clients', undefined, body.access_token)).toMatchObject({
      status: 403,
      body: { message: 'Insufficient scope, expected any of: read:clients', errorCode: 'insufficient_scope' },
    })
    expect(await tokenFor(made, { scope: 'create:users' })).toMatchObject({ status: 403 })
  })

  test('P9 a client’s secret is shown only by the call that makes the secret', async () => {
    const made = await call('POST', 'clients', {
      name: 'A',
      app_type: 'non_interactive',
      client_metadata: { a: '1' },
    })
    expect(made.body).toMatchObject({
      tenant: 'acme',
      global: false,
      name: 'A',
      app_type: 'non_interactive',
      client_metadata: { a: '1' },
      is_first_party: true,
      oidc_conformant: false,
      sso_disabled: false,
      grant_types: ['authorization_code', 'implicit', 'refresh_token', 'client_credentials'],
      client_id: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      client_secret: expect.stringMatching(/^[A-Za-z0-9]{64}$/),
      created_at: '2026-01-01T00:00:00.000Z',
    })
    const { client_secret: secret, ...shown } = made.body
    const id = shown.client_id
    expect((await call('GET', `clients/${id}`)).body).toEqual(shown)
    expect((await call('GET', 'clients')).body).toContainEqual(shown)
    expect((await call('PATCH', `clients/${id}`, { name: 'A' })).body).not.toHaveProperty('client_secret')
    const text = JSON.stringify(await opened.database.query('select * from muster.clients'), (_key, value) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    expect(text).toContain(id)
    expect(text).not.toContain(secret)
  })

  test('a new secret works at once, the old secret stops, and tokens given before stay valid', async () => {
    const made = await newClient()
    await grant(made.id, 'read:connections')
    const { access_token: issued } = (await tokenFor(made)).body
    const rotated = await call('POST', `clients/${made.id}/rotate-secret`)
    expect([rotated.status, rotated.body.client_id]).toEqual([200, made.id])
    expect(await tokenFor(made)).toEqual({
      status: 401,
      body: { error: 'access_denied', error_description: 'Unauthorized' },
    })
    expect((await tokenFor({ id: made.id, secret: rotated.body.client_secret })).status).toBe(200)
    const own = 'a secret of our own choice'
    expect((await call('PATCH', `clients/${made.id}`, { client_secret: own })).status).toBe(200)
    expect((await tokenFor({ id: made.id, secret: own })).status).toBe(200)
    expect((await call('DELETE', `clients/${made.id}`)).status).toBe(204)
    expect((await tokenFor({ id: made.id, secret: own })).status).toBe(401)
    expect((await call('GET', 'connections', undefined, issued)).status).toBe(200)
    expect(await call('POST', `clients/${made.id}/rotate-secret`)).toMatchObject(noClient)
  })

  test('a PATCH of a client keeps unnamed members, unsets those that are null, and merges metadata on its first level', async () => {
    const client_metadata = { a: '1', b: '2', c: '3' }
    const { id } = await newClient({ description: 'old', callbacks: ['https://a/'], client_metadata })
    clock.advance({ seconds: 60 })
    const patch = {
      description: null,
      client_metadata: { b: '4', c: null },
      mobile: { ios: { team_id: 'x' } },
    }
    const changed = await call('PATCH', `clients/${id}`, { name: 'New', ...patch })
    expect(changed).toMatchObject({
      status: 200,
      body: {
        name: 'New',
        callbacks: ['https://a/'],
        client_metadata: { a: '1', b: '4' },
        mobile: patch.mobile,
      },
    })
    expect(changed.body).not.toHaveProperty('description')
    expect(Date.parse(changed.body.updated_at) - Date.parse(changed.body.created_at)).toBe(60_000)
    expect((await call('GET', `clients/${id}`)).body).toEqual(changed.body)
    expect(await call('PATCH', 'clients/unknown', { name: 'x' })).toMatchObject(noClient)
    expect(
      (await call('PATCH', `clients/${id}`, { client_metadata: null })).body.client_metadata,
    ).toBeUndefined()
  })

  test('a client that may not use its own credentials gets no token', async () => {
    const made = await newClient()
    await grant(made.id, 'read:users')
    for (const members of [{ grant_types: [] }, { token_endpoint_auth_method: 'none' }]) {
      await call('PATCH', `clients/${made.id}`, members)
      expect(await tokenFor(made)).toMatchObject({ status: 403, body: { error: 'unauthorized_client' } })
      await call('PATCH', `clients/${made.id}`, {
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: null,
      })
      expect((await tokenFor(made)).status).toBe(200)
    }
    const { body } = await call('POST', 'clients', { name: 'page', token_endpoint_auth_method: 'none' })
    expect(body.grant_types).not.toContain('client_credentials')
  })

  test('the scope update:clients does not allow setting a secret, and update:client_keys allows nothing else', async () => {
    const { id } = await newClient()
    const withScope = async (scope: string) => (await tokenFor(first, { scope })).body.access_token
    const [clients, keys] = [await withScope('update:clients'), await withScope('update:client_keys')]
    const secret = { client_secret: 'x'.repeat(16) }
    const refused = (scope: string) => ({
      status: 403,
      body: { message: `Insufficient scope, expected any of: ${scope}` },
    })
    expect(await call('PATCH', `clients/${id}`, secret, clients)).toMatchObject(refused('update:client_keys'))
    expect(await call('PATCH', `clients/${id}`, { name: 'x' }, keys)).toMatchObject(refused('update:clients'))
    expect(await call('PATCH', `clients/${id}`, { name: 'x', ...secret }, keys)).toMatchObject(
      refused('update:clients'),
    )
    expect((await call('PATCH', `clients/${id}`, secret, keys)).status).toBe(200)
    expect((await call('PATCH', `clients/${id}`, { name: 'x' }, clients)).status).toBe(200)
    expect(await call('POST', `clients/${id}/rotate-secret`, undefined, clients)).toMatchObject(
      refused('update:client_keys'),
    )
  })

  test('a list of clients has Auth0’s three shapes, filters, fields and links', async () => {
    const ids = [first.id]
    for (const app_type of ['spa', 'native', 'spa']) ids.push((await newClient({ app_type })).id)
    const named = async (query: string) =>
      (await call('GET', `clients?${query}`)).body.map((client: { client_id: string }) => client.client_id)
    expect(await named('')).toEqual(ids)
    expect(await named('per_page=3&page=1')).toEqual([ids[3]])
    expect(await named('app_type=spa,regular_web')).toEqual([ids[1], ids[3]])
    expect(await named('is_first_party=true')).toEqual(ids)
    expect(await named('is_first_party=false')).toEqual([])
    expect(await named('is_global=true')).toEqual([])
    const totals = await call('GET', 'clients?fields=client_id&include_totals=true&per_page=2')
    expect(totals.body).toEqual({
      total: 4,
      start: 0,
      limit: 2,
      clients: ids.slice(0, 2).map((client_id) => ({ tenant: 'acme', client_id })),
    })
    const at = `${publicUrl}/api/v2/clients?fields=client_id&include_totals=true`
    expect(totals.headers['link']).toBe(
      `<${at}&page=0&per_page=2>; rel="first", <${at}&page=1&per_page=2>; rel="next", <${at}&page=1&per_page=2>; rel="last"`,
    )
    expect((await call('GET', 'clients?per_page=0&include_totals=true')).body).toMatchObject({
      total: 4,
      limit: 0,
      clients: [],
    })
    const page = await call('GET', 'clients?take=3&fields=name&include_fields=false')
    expect(page.body.clients).toHaveLength(3)
    expect(page.body.clients[0]).not.toHaveProperty('name')
    expect(page.headers['link']).toBeUndefined()
    const last = await call('GET', `clients?take=3&from=${page.body.next}`)
    expect(last.body).toEqual({ clients: [expect.objectContaining({ client_id: ids[3] })] })
    expect((await call('GET', `clients/${ids[1]}?fields=app_type`)).body).toEqual({
      tenant: 'acme',
      app_type: 'spa',
    })
    expect(await call('GET', 'clients/unknown')).toMatchObject(noClient)
    expect(await call('GET', 'clients?q=x')).toMatchObject({
      status: 400,
      body: { errorCode: 'invalid_query_string' },
    })
  })

  test('a client with wrong settings is refused, and the error repeats no secret', async () => {
    for (const [body, words] of [
      [{}, "'Missing required property: name'."],
      [{ name: 'a', client_id: 'mine' }, "'Additional properties not allowed: client_id'."],
      [
        { name: 'a', client_authentication_methods: {} },
        "'Additional properties not allowed: client_authentication",
      ],
      [{ name: '<b>' }, "'String does not match pattern ^[^<>]+$: <b>' on property name ("],
      [
        { name: 'a', app_type: 'x' },
        "'No enum match for: x' on property app_type (The type of application).",
      ],
      [
        { name: 'a', callbacks: 'https://a/' },
        "'Expected type array but found type string' on property callbacks.",
      ],
      [
        { name: 'a', client_secret: 's3cret' },
        "'String is too short (6 chars), minimum 16' on property client",
      ],
      [{ name: 'a', client_metadata: { b: 'c\0' } }, 'client_metadata.b.'],
    ] as const) {
      const { status, body: refusal } = await call('POST', 'clients', body)
      expect([status, refusal.errorCode], JSON.stringify(body)).toEqual([400, 'invalid_body'])
      expect(refusal.message).toContain(words)
      if ('client_secret' in body) expect(refusal.message).not.toContain(body.client_secret)
    }
    const { id } = await newClient()
    for (const body of [{ name: null }, { grant_types: null }, { client_secret: null }, { app_type: 'x' }]) {
      expect((await call('PATCH', `clients/${id}`, body)).status, JSON.stringify(body)).toBe(400)
    }
  })

  test('a grant for another API or no client, a duplicate, or one with unknown scopes is refused', async () => {
    const { id } = await newClient()
    const order = { client_id: id, audience, scope: ['read:users'] }
    expect(await call('POST', 'client-grants', { ...order, audience: 'https://other/' })).toMatchObject(
      notFound(
        `No resource with identifier https://other/: expected ${audience}`,
        'inexistent_resource_server',
      ),
    )
    for (const client_id of ['unknown', 'a\0b'])
      expect(await call('POST', 'client-grants', { ...order, client_id })).toMatchObject(noClient)
    const bad = (scope: unknown) => call('POST', 'client-grants', { ...order, scope })
    expect(await bad(['read:users', 'read:roles'])).toMatchObject({
      status: 400,
      body: {
        message: expect.stringContaining(
          "'Scopes that this API does not have: read:roles' on property scope",
        ),
        errorCode: 'invalid_body',
      },
    })
    for (const scope of ['read:users', [''], [1], null]) expect((await bad(scope)).status).toBe(400)
    for (const more of [
      { subject_type: 'user' },
      { allow_all_scopes: true },
      { default_for: 'x' },
      { audience: 1 },
    ])
      expect((await call('POST', 'client-grants', { ...order, ...more })).status).toBe(400)
    expect((await call('POST', 'client-grants', { ...order, organization_usage: 'deny' })).status).toBe(201)
    expect(await call('POST', 'client-grants', order)).toMatchObject({
      status: 409,
      body: {
        error: 'Conflict',
        message: `A client grant already exists between ${id} and ${audience}`,
        errorCode: 'client_grant_conflict',
      },
    })
  })

  test('a grant is listed, shown, changed and deleted, and the next token has the scopes of the changed grant', async () => {
    const made = await newClient()
    const { body: given } = await grant(made.id, 'read:users')
    const filtered = `client-grants?client_id=${made.id}`
    expect((await call('GET', filtered)).body).toEqual([given])
    expect((await call('GET', 'client-grants')).body).toHaveLength(2)
    expect((await call('GET', `client-grants?audience=${encodeURIComponent(audience)}`)).body).toHaveLength(2)
    expect((await call('GET', 'client-grants?audience=other')).body).toEqual([])
    expect((await call('GET', `${filtered}&include_totals=true&per_page=50`)).body).toEqual({
      total: 1,
      start: 0,
      limit: 50,
      client_grants: [given],
    })
    const { next } = (await call('GET', 'client-grants?take=1')).body
    expect((await call('GET', `client-grants?take=1&from=${next}`)).body).toEqual({ client_grants: [given] })
    expect((await call('GET', `client-grants/${given.id}`)).body).toEqual(given)
    const scope = ['read:connections', 'create:users']
    expect(await call('PATCH', `client-grants/${given.id}`, { scope })).toMatchObject({
      status: 200,
      body: { ...given, scope },
    })
    expect((await call('PATCH', `client-grants/${given.id}`, {})).body.scope).toEqual(scope)
    expect((await tokenFor(made)).body.scope).toBe(scope.join(' '))
    expect(await call('PATCH', `client-grants/${given.id}`, { audience, client_id: made.id })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("'Additional properties not allowed: client_id'.") },
    })
    for (const _again of [1, 2]) expect((await call('DELETE', `client-grants/${given.id}`)).status).toBe(204)
    expect((await tokenFor(made)).status).toBe(403)
    const noGrant = notFound('The grant does not exist.', 'inexistent_client_grant')
    expect(await call('GET', `client-grants/${given.id}`)).toMatchObject(noGrant)
    expect(await call('PATCH', `client-grants/${given.id}`, { scope })).toMatchObject(noGrant)
  })

  test('each call about clients and grants requires its own scope', async () => {
    const { access_token: poor } = (await tokenFor(first, { scope: 'read:users' })).body
    for (const [method, path, scope] of [
      ['GET', 'clients', 'read:clients'],
      ['GET', 'clients/x', 'read:clients'],
      ['POST', 'clients', 'create:clients'],
      ['PATCH', 'clients/x', 'update:clients,update:client_keys'],
      ['DELETE', 'clients/x', 'delete:clients'],
      ['POST', 'clients/x/rotate-secret', 'update:client_keys'],
      ['GET', 'client-grants', 'read:client_grants'],
      ['GET', 'client-grants/x', 'read:client_grants'],
      ['POST', 'client-grants', 'create:client_grants'],
      ['PATCH', 'client-grants/x', 'update:client_grants'],
      ['DELETE', 'client-grants/x', 'delete:client_grants'],
    ] as const) {
      expect(await call(method, path, undefined, poor), path).toMatchObject({
        status: 403,
        body: { message: `Insufficient scope, expected any of: ${scope}` },
      })
    }
  })
})
