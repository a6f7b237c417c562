import { createPublicKey, X509Certificate } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addRoutes } from '../../src/http/add-routes.ts'
import { getJwks } from '../../src/http/routes/get-jwks.ts'
import { getOpenidConfiguration } from '../../src/http/routes/get-openid-configuration.ts'
import { postOauthToken } from '../../src/http/routes/post-oauth-token.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { MACHINE_SETTINGS } from '../../src/tokens/client-settings.ts'
import { ensureFirstClient } from '../../src/tokens/first-client.ts'
import { pgClientStore } from '../../src/tokens/pg-client-store.ts'
import { pgSecretStore } from '../../src/tokens/pg-secret-store.ts'
import { ALL_SCOPES } from '../../src/tokens/scopes.ts'
import { newTokens } from '../../src/tokens/tokens.ts'
import { hashingDeps } from '../fixtures/client-secrets.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { loadKey, ringOfOne } from '../fixtures/signing-keys.ts'

const publicUrl = 'https://muster.example:3000'
const audience = `${publicUrl}/api/v2/`
const client = { id: 'a client', secret: 'se:cret+ü%' }
const sound = {
  grant_type: 'client_credentials',
  client_id: client.id,
  client_secret: client.secret,
  audience,
}

describe.each(ENGINES)('tokens over HTTP on $name', (engine) => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  let opened: TestDatabase
  let app: FastifyInstance

  beforeAll(async () => {
    opened = await withDatabase(engine)
    const key = await loadKey(pgSecretStore(opened.database))
    const clients = pgClientStore(opened.database)
    const hashing = hashingDeps(clock)
    await ensureFirstClient(client, { clients, clock, ...hashing })
    const secretHash = await hashing.clientSecrets.hash(client.secret)
    const times = { createdAt: clock.now(), updatedAt: clock.now() }
    const machine = { name: 'A machine', settings: MACHINE_SETTINGS, ...times }
    await clients.put({ client: { clientId: 'poor', ...machine }, secretHash, scope: [] })
    await clients.add({ clientId: 'without grant', ...machine }, secretHash)
    const settings = { ...MACHINE_SETTINGS, token_endpoint_auth_method: 'none' }
    await clients.put({ client: { clientId: 'public', ...machine, settings }, secretHash, scope: ALL_SCOPES })
    const page = { ...machine, settings: { ...MACHINE_SETTINGS, grant_types: ['implicit'] } }
    await clients.put({ client: { clientId: 'page', ...page }, secretHash, scope: ALL_SCOPES })
    const tokens = newTokens({ keys: ringOfOne(key), clock, publicUrl, lifetimeSeconds: 86_400 })
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [
        (to) =>
          addRoutes(to, [postOauthToken, getJwks, getOpenidConfiguration], {
            clients,
            tokens,
            ...hashing,
            publicUrl,
            publishedKeys: ringOfOne(key).published,
          }),
      ],
    })
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })

  const form = 'application/x-www-form-urlencoded'
  async function ask(body: string, headers: Record<string, string>, url = '/oauth/token') {
    const response = await app.inject({ method: 'POST', url, headers, payload: body })
    return { status: response.statusCode, body: response.json(), headers: response.headers }
  }
  const askJson = (change: object) =>
    ask(JSON.stringify({ ...sound, ...change }), { 'content-type': 'application/json' })

  test('a token is given for JSON and for a form, with or without a slash, and with unknown parameters', async () => {
    const granted = {
      access_token: expect.any(String),
      scope: ALL_SCOPES.join(' '),
      expires_in: 86_400,
      token_type: 'Bearer',
    }
    const answers = [
      await askJson({ organization: 'x', nested: { a: 1 } }),
      await ask(new URLSearchParams(sound).toString(), { 'content-type': form }),
      await ask(`${new URLSearchParams(sound)}&more=1`, { 'content-type': form }, '/oauth/token/'),
    ]
    for (const { status, body, headers } of answers) {
      expect([status, body]).toEqual([200, granted])
      expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
    }
  })

  test('a token is given for a secret in HTTP Basic, form-encoded or not', async () => {
    const rest = new URLSearchParams({ grant_type: 'client_credentials', audience }).toString()
    const encoded = `${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
    for (const authorization of [basic(encoded), basic(`${client.id}:${client.secret}`)]) {
      expect((await ask(rest, { 'content-type': form, authorization })).status).toBe(200)
    }
    const wrong = basic(`${encodeURIComponent(client.id)}:wrong`)
    expect(await ask(rest, { 'content-type': form, authorization: wrong })).toMatchObject({
      status: 401,
      body: { error: 'access_denied', error_description: 'Unauthorized' },
    })
  })

  test('a token has the requested scopes only, and its scope is omitted if none is granted', async () => {
    expect((await askJson({ scope: 'read:users  read:connections' })).body.scope).toBe(
      'read:users read:connections',
    )
    const { status, body } = await askJson({ client_id: 'poor' })
    expect([status, body]).toEqual([
      200,
      { access_token: expect.any(String), expires_in: 86_400, token_type: 'Bearer' },
    ])
  })

  test.each([
    [{ client_secret: 'wrong' }, 401, 'access_denied', 'Unauthorized'],
    [{ client_secret: undefined }, 401, 'access_denied', 'Unauthorized'],
    [{ client_id: 'unknown' }, 401, 'access_denied', 'Unauthorized'],
    [{ client_id: undefined }, 401, 'access_denied', 'Unauthorized'],
    [
      { audience: 'https://other/' },
      403,
      'access_denied',
      'Service not enabled within domain: https://other/',
    ],
    [{ audience: undefined }, 403, 'access_denied', 'Service not enabled within domain: '],
    [
      { client_id: 'without grant' },
      403,
      'access_denied',
      `Client is not authorized to access "${audience}". You need to create a "client-grant" associated to this API.`,
    ],
    [
      { client_id: 'public' },
      403,
      'unauthorized_client',
      "Grant type 'client_credentials' not allowed for the client.",
    ],
    [
      { client_id: 'page' },
      403,
      'unauthorized_client',
      "Grant type 'client_credentials' not allowed for the client.",
    ],
    [{ client_id: 'public', client_secret: 'wrong' }, 401, 'access_denied', 'Unauthorized'],
    [
      { scope: 'read:roles read:users' },
      403,
      'access_denied',
      'Client has not been granted scopes: read:roles',
    ],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type', 'Unsupported grant type: password'],
    [{ grant_type: undefined }, 400, 'invalid_request', 'Missing required parameter: grant_type'],
    [{ audience: ['a', 'b'] }, 400, 'invalid_request', 'Parameter audience: expected one string'],
  ])(
    'a token request with %j is refused in OAuth’s form',
    async (change, status, error, error_description) => {
      const answer = await askJson(change)
      expect([answer.status, answer.body]).toEqual([status, { error, error_description }])
    },
  )

  test('a third-party library verifies a token with only discovery, keys and certificate', async () => {
    const get = async (url: string) => (await app.inject({ url })).json()
    const discovery = await get('/.well-known/openid-configuration')
    expect(discovery).toMatchObject({
      issuer: `${publicUrl}/`,
      token_endpoint: `${publicUrl}/oauth/token`,
      jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    })
    const jwks = await get('/.well-known/jwks.json')
    expect(JSON.stringify(jwks)).not.toMatch(/"(d|p|q|dp|dq|qi)":/)
    const { access_token: token } = (await askJson({})).body
    const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), {
      issuer: discovery.issuer,
      audience,
      currentDate: clock.now(),
    })
    expect(payload['azp']).toBe(client.id)
    const [key] = jwks.keys
    const certificate = new X509Certificate(Buffer.from(key.x5c[0], 'base64'))
    expect(certificate.publicKey.equals(createPublicKey({ key, format: 'jwk' }))).toBe(true)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(Buffer.from(key.x5t, 'base64url').toString('hex')).toBe(
      certificate.fingerprint.replaceAll(':', '').toLowerCase(),
    )
  })
})
