import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unixSeconds } from '../../src/domain/clock.ts'
import type { Database } from '../../src/pg/database.ts'
import { mayUseClientCredentials } from '../../src/tokens/client-settings.ts'
import { ensureFirstClient } from '../../src/tokens/first-client.ts'
import { pgClientGrantStore } from '../../src/tokens/pg-client-grant-store.ts'
import { pgClientStore } from '../../src/tokens/pg-client-store.ts'
import { pgSecretStore } from '../../src/tokens/pg-secret-store.ts'
import { ALL_SCOPES } from '../../src/tokens/scopes.ts'
import { loadLinkSecret } from '../../src/tokens/signing-key.ts'
import { newTokens, type Tokens } from '../../src/tokens/tokens.ts'
import { hashingDeps } from '../fixtures/client-secrets.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, withDatabase } from '../fixtures/engines.ts'
import { loadKey, ringOfOne } from '../fixtures/signing-keys.ts'

describe.each(ENGINES)('tokens on $name', (engine) => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  let database: Database
  let stop: () => Promise<void>
  let tokens: Tokens
  beforeAll(async () => {
    ;({ database, stop } = await withDatabase(engine))
    const key = await loadKey(pgSecretStore(database))
    tokens = newTokens({
      keys: ringOfOne(key),
      clock,
      publicUrl: 'https://muster.example:3000',
      lifetimeSeconds: 86_400,
    })
  })
  afterAll(() => stop())

  test('a token has the claims of Auth0’s own profile and no others', async () => {
    const token = await tokens.issue('abc', ['read:users', 'create:users'])
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) })
    expect(decodeJwt(token)).toEqual({
      iss: 'https://muster.example:3000/',
      sub: 'abc@clients',
      aud: 'https://muster.example:3000/api/v2/',
      iat: 1_767_225_600,
      exp: 1_767_225_600 + 86_400,
      azp: 'abc',
      scope: 'read:users create:users',
      gty: 'client-credentials',
    })
    expect(decodeJwt(await tokens.issue('abc', []))).not.toHaveProperty('scope')
    expect(await tokens.verify(`Bearer ${token}`)).toEqual({
      clientId: 'abc',
      scope: ['read:users', 'create:users'],
      expiresAt: new Date('2026-01-02T00:00:00Z'),
    })
    expect(await tokens.verify(`bearer ${token}`)).toMatchObject({ clientId: 'abc' })
  })

  test('a token is refused from the second of its expiry, in Auth0’s words', async () => {
    const early = fixedClock('2025-12-31T00:00:01Z')
    const key = await loadKey(pgSecretStore(database))
    const before = newTokens({
      keys: ringOfOne(key),
      clock: early,
      publicUrl: 'https://muster.example:3000',
      lifetimeSeconds: 86_400,
    })
    const token = await before.issue('abc', [])
    expect(await tokens.verify(`Bearer ${token}`)).toMatchObject({ clientId: 'abc' })
    clock.advance({ seconds: 1 })
    const message = 'Expired token received for JSON Web Token validation'
    await expect(tokens.verify(`Bearer ${token}`)).rejects.toMatchObject({
      code: 'token_invalid',
      message,
      members: { attributes: { error: message } },
    })
  })

  test('a token accepted before does not make a changed copy valid, and stays valid after many others', async () => {
    const token = await tokens.issue('abc', ['read:users'])
    expect(await tokens.verify(`Bearer ${token}`)).toMatchObject({ clientId: 'abc' })
    const [head, , signature] = token.split('.')
    const claims = Buffer.from(JSON.stringify({ ...decodeJwt(token), azp: 'xyz' })).toString('base64url')
    for (let time = 0; time < 2; time++) {
      await expect(tokens.verify(`Bearer ${head}.${claims}.${signature}`)).rejects.toMatchObject({
        message: 'Invalid signature received for JSON Web Token validation',
      })
    }
    // More than are remembered.
    for (let n = 0; n < 1010; n++) {
      const other = await tokens.issue(`client ${n}`, [])
      expect(await tokens.verify(`Bearer ${other}`)).toMatchObject({ clientId: `client ${n}` })
    }
    expect(await tokens.verify(`Bearer ${token}`)).toMatchObject({
      clientId: 'abc',
      scope: ['read:users'],
    })
  })

  test('a token for another audience is refused, and the error names the right audience', async () => {
    const key = await loadKey(pgSecretStore(database))
    const other = newTokens({
      keys: ringOfOne(key),
      clock,
      publicUrl: 'https://muster.example',
      lifetimeSeconds: 60,
    })
    const token = await other.issue('abc', [])
    await expect(tokens.verify(`Bearer ${token}`)).rejects.toMatchObject({
      code: 'token_invalid',
      message: 'Bad audience: https://muster.example:3000/api/v2/',
      members: {},
    })
    clock.advance({ seconds: 61 })
    await expect(tokens.verify(`Bearer ${token}`)).rejects.toMatchObject({
      message: 'Expired token received for JSON Web Token validation',
    })
  })

  test('a token signed by Muster with another issuer, or without an end, is refused', async () => {
    const { privateKey } = await loadKey(pgSecretStore(database))
    const aud = 'https://muster.example:3000/api/v2/'
    const sign = (claims: JWTPayload) =>
      new SignJWT({ sub: 'abc@clients', aud, ...claims })
        .setProtectedHeader({ alg: 'RS256' })
        .sign(privateKey)
    const exp = unixSeconds(clock.now()) + 60
    for (const claims of [{ exp, iss: 'https://other.example/' }, { iss: 'https://muster.example:3000/' }]) {
      await expect(tokens.verify(`Bearer ${await sign(claims)}`)).rejects.toMatchObject({
        code: 'token_invalid',
        message: 'Invalid token',
      })
    }
  })

  test('machines that start at the same time share one key, and a later start uses the same key', async () => {
    const stores = Array.from({ length: 4 }, () => pgSecretStore(database))
    const keys = await Promise.all(stores.map((store) => loadKey(store)))
    expect(new Set(keys.map((key) => key.kid)).size).toBe(1)
    const links = await Promise.all(stores.map((store) => loadLinkSecret(store, 'link-signing-key')))
    expect(new Set(links.map((link) => Buffer.from(link).toString('hex'))).size).toBe(1)
    expect(links[0]).toHaveLength(32)
    expect(Object.keys(keys[0]?.jwk ?? {}).sort()).toEqual([
      'alg',
      'e',
      'kid',
      'kty',
      'n',
      'use',
      'x5c',
      'x5t',
    ])
  })

  test('P9 a client’s secret is nowhere in the database', async () => {
    const clients = pgClientStore(database)
    const deps = { clients, clock, ...hashingDeps(clock) }
    const made = await ensureFirstClient(undefined, deps)
    expect(await ensureFirstClient(undefined, deps)).toBeUndefined()
    const access = await clients.findAccess(made?.id ?? '')
    expect(access?.scope).toEqual(ALL_SCOPES)
    const isRight = (secret: string) =>
      deps.clientSecrets.isRight({ address: '::1', clientId: made?.id ?? '', secret }, access?.secretHash)
    expect(await isRight(made?.secret ?? '')).toBe(true)
    expect(await isRight(`${made?.secret}x`)).toBe(false)
    const [row] = await database.query<{ text: string }>(
      'select jsonb_agg(c)::text as text from muster.clients c',
    )
    expect(row?.text).not.toContain(made?.secret)
    expect(await clients.findAccess('unknown')).toBeUndefined()
  })

  test('a client given in the settings is accepted after each start, even if a request changed or deleted the client', async () => {
    const clients = pgClientStore(database)
    const grants = pgClientGrantStore(database)
    const harms = [
      async () => undefined,
      () => clients.remove('given'),
      () => clients.change('given', (present) => ({ client: { ...present, settings: { grant_types: [] } } })),
      async () => {
        for (const { id } of await grants.list()) await grants.remove(id)
      },
    ]
    for (const [index, harm] of harms.entries()) {
      await harm()
      const secret = `the-secret-of-start-${index}`
      const deps = { clients, clock, ...hashingDeps(clock) }
      expect(await ensureFirstClient({ id: 'given', secret }, deps)).toBeUndefined()
      const access = await clients.findAccess('given')
      const attempt = { address: '::1', clientId: 'given', secret }
      expect(await hashingDeps(clock).clientSecrets.isRight(attempt, access?.secretHash)).toBe(true)
      expect(access?.scope).toEqual(ALL_SCOPES)
      expect(mayUseClientCredentials(access?.client.settings ?? {})).toBe(true)
    }
  })
})
