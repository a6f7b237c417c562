import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addRoutes } from '../../src/http/add-routes.ts'
import type { SessionRouteDeps } from '../../src/http/console-session.ts'
import { deleteConsoleSession } from '../../src/http/routes/delete-console-session.ts'
import { getConsoleSession } from '../../src/http/routes/get-console-session.ts'
import { postConsoleSession } from '../../src/http/routes/post-console-session.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { newAttempts } from '../../src/tokens/attempts.ts'
import { MACHINE_SETTINGS } from '../../src/tokens/client-settings.ts'
import type { ClientAccess } from '../../src/tokens/client-store.ts'
import { ALL_SCOPES } from '../../src/tokens/scopes.ts'
import { newSealedTokens } from '../../src/tokens/sealed-tokens.ts'
import { hashMadeSecret } from '../../src/tokens/secret-hash.ts'
import { newSignInCode } from '../../src/tokens/sign-in-code.ts'
import { newTokens } from '../../src/tokens/tokens.ts'
import { hashingDeps } from '../fixtures/client-secrets.ts'
import { type FixedClock, fixedClock } from '../fixtures/clock.ts'
import { type LoadedKey, loadKey, ringOfOne } from '../fixtures/signing-keys.ts'

const SECRET = 'A'.repeat(64)
const PUBLIC_URL = 'https://muster.example'
const LOCAL_URL = 'http://127.0.0.1:3000'
const RATE = { burst: 3, perMinute: 6 }

function accessOf(clientId: string, scope: readonly string[] | undefined, more = {}): ClientAccess {
  const times = { createdAt: new Date(0), updatedAt: new Date(0) }
  const client = { clientId, name: clientId, settings: { ...MACHINE_SETTINGS, ...more }, ...times }
  return { client, secretHash: hashMadeSecret(SECRET), scope }
}

const CLIENTS = [
  accessOf('without grant', undefined),
  accessOf('public', ['read:users'], { token_endpoint_auth_method: 'none' }),
  accessOf('oldest', ['read:users', 'read:connections']),
  accessOf('newer', ALL_SCOPES),
]

let key: LoadedKey
let other: LoadedKey
beforeAll(async () => {
  const make = () => loadKey({ getOrMake: async (_name, makeKey) => makeKey() })
  ;[key, other] = await Promise.all([make(), make()])
})

let clock: FixedClock
let app: FastifyInstance
let code: string
beforeEach(async () => {
  clock = fixedClock('2026-01-01T00:00:00Z')
})
afterEach(() => app.close())

interface Start {
  readonly publicUrl?: string
  readonly firstClientId?: string
  readonly clients?: readonly ClientAccess[]
  readonly sealKey?: Uint8Array
}

async function start({ publicUrl = PUBLIC_URL, firstClientId, clients = CLIENTS, sealKey }: Start = {}) {
  const signInCode = newSignInCode({ clock, attempts: newAttempts(RATE, clock) })
  code = signInCode.make()
  const lines: string[] = []
  const deps: SessionRouteDeps = {
    ...hashingDeps(clock, RATE),
    publicUrl,
    clock,
    signInCode,
    firstClientId,
    tokens: newTokens({ keys: ringOfOne(key), clock, publicUrl, lifetimeSeconds: 86_400 }),
    sealedTokens: newSealedTokens(sealKey ?? Buffer.alloc(32, 7), clock),
    clients: {
      findAccess: async (id) => clients.find(({ client }) => client.clientId === id),
      list: async () => clients.map(({ client }) => client),
    },
  }
  app = await buildHttpServer({
    log: pino({ level: 'debug' }, { write: (line: string) => lines.push(line) }),
    routes: [(to) => addRoutes(to, [postConsoleSession, getConsoleSession, deleteConsoleSession], deps)],
  })
  return lines
}

type Headers = Readonly<Record<string, string>>

async function send(method: 'GET' | 'POST' | 'DELETE', headers: Headers, payload?: object | string) {
  const response = await app.inject({
    method,
    url: '/console/session',
    headers,
    ...(payload === undefined ? {} : { payload }),
  })
  const setCookie = response.headers['set-cookie'] as string | undefined
  return {
    status: response.statusCode,
    body: response.body === '' ? undefined : response.json(),
    headers: response.headers,
    setCookie,
    cookie: setCookie?.split(';')[0] ?? '',
    attributes: setCookie?.split('; ').slice(1).sort(),
  }
}

const post = (body: object, headers: Headers = {}) => send('POST', headers, body)
const signInBySecret = (clientId = 'oldest') => post({ client_id: clientId, client_secret: SECRET })

describe('signing in to the console', () => {
  test('P45 a client id and its secret give a token with all scopes of the client, and the cookie', async () => {
    await start()
    const { status, body, headers, cookie, attributes } = await signInBySecret()
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.stringMatching(/^ey/),
        expires_at: '2026-01-02T00:00:00.000Z',
        scope: ['read:users', 'read:connections'],
        client_id: 'oldest',
      },
    ])
    expect(headers['cache-control']).toBe('no-store')
    expect(cookie).toMatch(/^__Secure-muster_session=[\w.-]+$/)
    expect(attributes).toEqual([
      'HttpOnly',
      'Max-Age=3600',
      'Path=/console/session',
      'SameSite=Strict',
      'Secure',
    ])
    // The token is in the answer for the page's memory. The cookie must not show it.
    const inside = cookie.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    expect(inside.join()).not.toContain('read:users')
    expect(cookie).not.toContain(body.access_token.slice(0, 20))
  })

  test('P45 the cookie holds a token with all scopes within the 4,096 bytes that browsers keep', async () => {
    await start()
    const { setCookie = '', body } = await signInBySecret('newer')
    expect(body.scope).toEqual(ALL_SCOPES)
    expect(setCookie.length).toBeLessThan(4096)
  })

  test('P45 the cookie of plain HTTP has no Secure, and has the port in its name', async () => {
    await start({ publicUrl: LOCAL_URL })
    const { cookie, attributes } = await signInBySecret()
    expect(cookie).toMatch(/^muster_session_3000=/)
    expect(attributes).not.toContain('Secure')
  })

  test('P45 the cookie of a server below a path is sent to that path only', async () => {
    await start({ publicUrl: 'https://example.com/muster' })
    expect((await signInBySecret()).attributes).toContain('Path=/muster/console/session')
  })

  test('P45 a pasted token signs in with its own scopes and end, and its session ends with the token', async () => {
    await start()
    const first = await signInBySecret()
    clock.advance({ seconds: 86_400 - 90 })
    const { status, body, attributes } = await post({ token: `\n${first.body.access_token} ` })
    expect([status, body]).toEqual([200, first.body])
    expect(attributes).toContain('Max-Age=90')
  })

  test('P45 a token of another key, an old one and a text that is none are refused as the API refuses them', async () => {
    await start()
    const { body } = await signInBySecret()
    const foreign = newTokens({
      keys: ringOfOne(other),
      clock,
      publicUrl: PUBLIC_URL,
      lifetimeSeconds: 86_400,
    })
    const forged = await post({ token: await foreign.issue('oldest', ['read:users']) })
    expect([forged.status, forged.body.message, forged.setCookie]).toEqual([
      401,
      'Invalid signature received for JSON Web Token validation',
      undefined,
    ])
    expect(await post({ token: 'no token' })).toMatchObject({ status: 400, setCookie: undefined })
    clock.advance({ seconds: 86_400 })
    expect(await post({ token: body.access_token })).toMatchObject({
      status: 401,
      body: { message: 'Expired token received for JSON Web Token validation' },
      setCookie: undefined,
    })
  })

  test('P45 wrong secrets are refused, then slowed, and set no cookie', async () => {
    await start()
    const statuses: number[] = []
    for (let time = 0; time < 4; time++) {
      const { status, setCookie } = await post({ client_id: 'oldest', client_secret: `wrong ${time}` })
      expect(setCookie).toBeUndefined()
      statuses.push(status)
    }
    expect(statuses).toEqual([401, 401, 401, 429])
    expect((await signInBySecret('without grant')).status).toBe(403)
  })

  test.each([
    {},
    { client_id: 'oldest' },
    { client_secret: SECRET },
    { token: 'a.b.c', code: 'd' },
    { client_id: 'oldest', client_secret: SECRET, token: 'a.b.c' },
    { code: '' },
    { code: 1 },
    { code: null },
    { password: 'x' },
    [],
  ])('P45 a body that is not exactly one way to sign in is refused: %j', async (body) => {
    await start()
    expect(await post(body)).toMatchObject({ status: 400, setCookie: undefined })
  })

  test('P45 only JSON signs in: a form of another site can send no JSON', async () => {
    await start()
    const form = new URLSearchParams({ client_id: 'oldest', client_secret: SECRET }).toString()
    const json = JSON.stringify({ client_id: 'oldest', client_secret: SECRET })
    for (const [type, text] of [
      ['application/x-www-form-urlencoded', form],
      ['text/plain', json],
      ['multipart/form-data; boundary=a', `--a\r\n\r\n${json}\r\n--a--`],
    ] as const) {
      const { status, setCookie } = await send('POST', { 'content-type': type }, text)
      expect([type, status, setCookie]).toEqual([type, 415, undefined])
    }
    expect(await send('POST', {})).toMatchObject({ status: 415, setCookie: undefined })
  })
})

describe('the sign-in link', () => {
  test('P45 the code signs in once, as the oldest client that may get a token', async () => {
    await start()
    const { status, body } = await post({ code })
    expect([status, body.client_id, body.scope]).toEqual([200, 'oldest', ['read:users', 'read:connections']])
    expect(await post({ code })).toMatchObject({
      status: 403,
      body: { errorCode: 'invalid_sign_in_link' },
      setCookie: undefined,
    })
  })

  test('P45 one of two requests with the code at the same time signs in', async () => {
    await start()
    const answers = await Promise.all([post({ code }), post({ code })])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403])
  })

  test('P45 the code signs in the client of the settings, if they name one', async () => {
    await start({ firstClientId: 'newer' })
    expect((await post({ code })).body.client_id).toBe('newer')
  })

  test('P45 the code works to the last second of its hour, and not after', async () => {
    await start()
    clock.advance({ seconds: 3600 })
    expect((await post({ code })).status).toBe(403)
    await app.close()
    await start()
    clock.advance({ seconds: 3599 })
    expect((await post({ code })).status).toBe(200)
  })

  test('P45 a code that found no client to sign in is neither spent nor counted as wrong', async () => {
    await start({ clients: CLIENTS.slice(0, 2) })
    // More often than wrong codes may come: a right one does not count.
    for (let time = 0; time < RATE.burst + 2; time++)
      expect(await post({ code })).toMatchObject({ status: 403, body: { errorCode: 'access_denied' } })
  })

  test('P45 wrong codes are counted as wrong secrets are, and use up no right one', async () => {
    await start()
    const wrong = `${code.slice(0, -1)}${code.endsWith('A') ? 'B' : 'A'}`
    const statuses: number[] = []
    for (let time = 0; time < 4; time++) statuses.push((await post({ code: wrong })).status)
    expect(statuses).toEqual([403, 403, 403, 429])
    clock.advance({ seconds: 60 })
    expect((await post({ code })).status).toBe(200)
  })
})

describe('the session of the console', () => {
  test('P45 the cookie gives the token again, and each use renews the hour', async () => {
    await start()
    const first = await signInBySecret()
    clock.advance({ seconds: 3599 })
    const second = await send('GET', { cookie: `theme=dark; ${first.cookie}; other=1` })
    expect([second.status, second.body]).toEqual([200, first.body])
    expect(second.attributes).toContain('Max-Age=3600')
    expect(second.headers['cache-control']).toBe('no-store')
    clock.advance({ seconds: 3599 })
    expect((await send('GET', { cookie: second.cookie })).status).toBe(200)
    // A copy of the first cookie, which a browser would have dropped.
    const stolen = await send('GET', { cookie: first.cookie })
    expect([stolen.status, stolen.attributes?.includes('Max-Age=0')]).toEqual([204, true])
  })

  test('P45 no use keeps a session alive past the end of its token', async () => {
    await start()
    let { cookie } = await signInBySecret()
    for (let hour = 1; hour < 24; hour++) {
      clock.advance({ seconds: 3599 })
      ;({ cookie } = await send('GET', { cookie }))
    }
    clock.advance({ seconds: 23 + 3599 })
    expect((await send('GET', { cookie })).status).toBe(204)
  })

  test('P45 a browser without a cookie has no session, and gets no cookie', async () => {
    await start()
    expect(await send('GET', {})).toMatchObject({ status: 204, body: undefined, setCookie: undefined })
    expect(await send('GET', { cookie: 'muster=1; __Secure-muster_sessions=2' })).toMatchObject({
      status: 204,
      setCookie: undefined,
    })
  })

  test.each([
    ['changed', (cookie: string) => `${cookie.slice(0, -2)}${cookie.endsWith('AA') ? 'BB' : 'AA'}`],
    ['empty', (cookie: string) => cookie.replace(/=.*/, '=')],
    ['of other letters', (cookie: string) => cookie.replace(/=.*/, '="a b"')],
    ['there twice', (cookie: string) => `${cookie}; ${cookie}`],
    ['a token itself', (cookie: string, token: string) => cookie.replace(/=.*/, `=${token}`)],
  ])('P45 a cookie that is %s is no session, and is removed', async (_what, change) => {
    await start()
    const { cookie, body } = await signInBySecret()
    const { status, attributes } = await send('GET', { cookie: change(cookie, body.access_token) })
    expect([status, attributes?.includes('Max-Age=0')]).toEqual([204, true])
  })

  test('P45 a cookie of another deployment is no session', async () => {
    await start()
    const { cookie } = await signInBySecret()
    await app.close()
    await start({ sealKey: Buffer.alloc(32, 8) })
    expect((await send('GET', { cookie })).status).toBe(204)
  })

  test('P45 a session dies with the key of its token', async () => {
    await start()
    const { cookie } = await signInBySecret()
    await app.close()
    const replaced = key
    key = other
    await start()
    key = replaced
    expect((await send('GET', { cookie })).status).toBe(204)
  })

  test('P45 signing out removes the cookie', async () => {
    await start()
    const { cookie } = await signInBySecret()
    const { status, setCookie } = await send('DELETE', { cookie })
    expect(status).toBe(204)
    expect(setCookie).toBe(
      '__Secure-muster_session=; Max-Age=0; Path=/console/session; HttpOnly; SameSite=Strict; Secure',
    )
    expect(await send('DELETE', {})).toMatchObject({ status: 204, setCookie: undefined })
  })
})

describe('pages of others', () => {
  const OWN: readonly Headers[] = [
    {},
    { origin: PUBLIC_URL, 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ]
  const FOREIGN: readonly Headers[] = [
    { origin: 'https://evil.example' },
    { origin: `${PUBLIC_URL}:8443` },
    { origin: 'http://muster.example' },
    { origin: `${PUBLIC_URL}.evil.example` },
    { origin: 'null' },
    { origin: 'http://127.0.0.1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: PUBLIC_URL, 'sec-fetch-site': 'cross-site' },
  ]

  test.each(OWN)('P45 a page of this server may sign in, ask and sign out: %j', async (headers) => {
    await start()
    const { status, cookie } = await post({ code }, headers)
    expect(status).toBe(200)
    expect((await send('GET', { ...headers, cookie })).status).toBe(200)
    expect((await send('DELETE', { ...headers, cookie })).status).toBe(204)
  })

  test.each(FOREIGN)(
    'P45 a page of another origin may neither sign in, nor ask, nor sign out: %j',
    async (headers) => {
      await start()
      const { cookie } = await signInBySecret()
      for (const answer of [
        await post({ code }, headers),
        await send('GET', { ...headers, cookie }),
        await send('DELETE', { ...headers, cookie }),
      ]) {
        expect(answer).toMatchObject({
          status: 403,
          body: { errorCode: 'origin_refused' },
          setCookie: undefined,
        })
        expect(JSON.stringify(answer.body)).not.toContain('evil')
      }
      // The code was not spent by a page that may not use it.
      expect((await post({ code })).status).toBe(200)
    },
  )

  test('P45 the names of this machine are one origin, and a domain that leads to this machine is another', async () => {
    await start({ publicUrl: LOCAL_URL })
    const statuses = await Promise.all(
      [
        'http://localhost:3000',
        'http://[::1]:3000',
        'http://rebound.example:3000',
        'http://localhost:8080',
      ].map(async (origin) => (await send('GET', { origin })).status),
    )
    expect(statuses).toEqual([204, 204, 403, 403])
  })
})

test('P9 the log holds no code, no cookie, no token and no secret of a session', async () => {
  const lines = await start()
  const { cookie, body } = await signInBySecret()
  await post({ code })
  await post({ code: 'a-wrong-code' })
  await post({ token: body.access_token })
  await send('GET', { cookie })
  await send('GET', { cookie, origin: 'https://evil.example' })
  await send('DELETE', { cookie })
  const log = lines.join('')
  expect(lines.length).toBeGreaterThanOrEqual(7)
  for (const text of [code, 'a-wrong-code', SECRET, cookie.slice(30), body.access_token])
    expect(log).not.toContain(text)
})
