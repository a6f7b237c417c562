import type { FastifyInstance, InjectOptions } from 'fastify'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { unixSeconds } from '../../src/domain/clock.ts'
import { Failure } from '../../src/domain/failure.ts'
import { parseRateLimit } from '../../src/domain/rate-limit.ts'
import { ROUTES } from '../../src/http/all-routes.ts'
import { requireScopes, type TokenVerifier } from '../../src/http/authenticate.ts'
import { limitRates } from '../../src/http/rate-limit.ts'
import { newRateLimiter } from '../../src/http/rate-limiter.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { fixedClock } from '../fixtures/clock.ts'

// `Bearer NAME SCOPE …`
const tokens: TokenVerifier = {
  verify: async (authorization = '') => {
    const [, clientId = '', ...scope] = authorization.split(' ')
    if (clientId === '') throw new Failure('authentication_missing', 'Missing authentication')
    return { clientId, scope, expiresAt: new Date('2026-01-02T00:00:00Z') }
  },
}

let app: FastifyInstance | undefined
afterEach(() => app?.close())

async function serve(limit: string) {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const onRequest = requireScopes(tokens, ['a'])
  const made = await buildHttpServer({
    log: pino({ enabled: false }),
    routes: [
      (to) => limitRates(to, newRateLimiter(parseRateLimit(limit), clock)),
      (to) => {
        to.get('/api/v2/jobs/:id', { onRequest }, async () => ({}))
        to.post(
          '/api/v2/users',
          { onRequest, config: { rateGroup: 'write_users' } },
          async (_request, reply) => reply.code(201).send({}),
        )
        to.get('/api/v2/users', { onRequest, config: { rateGroup: 'read_users' } }, async () => ({}))
        to.get('/api/v2/users-by-email', { onRequest, config: { rateGroup: 'read_users' } }, async () => [])
        to.get(
          '/api/v2/connections',
          { onRequest, config: { rateGroup: 'read_connections' } },
          async () => [],
        )
        to.post('/api/v2/connections', { onRequest }, async () => ({}))
        to.get('/api/v2/bad', { onRequest }, async () => {
          throw new Failure('query_invalid', 'no')
        })
        to.get('/downloads/x', async () => 'file')
      },
    ],
  })
  app = made
  const ask = (url: string, authorization = 'Bearer one a', more: InjectOptions = {}) =>
    made.inject({ url, headers: { authorization, 'content-type': 'application/json' }, ...more })
  return { clock, ask }
}

const now = unixSeconds(new Date('2026-01-01T00:00:00Z'))

describe('a client that asks too often', () => {
  test('a client above its rate is refused in Auth0’s words with the time to wait, and is then accepted', async () => {
    const { clock, ask } = await serve('2/30')
    const first = await ask('/api/v2/jobs/1')
    expect(first.headers).toMatchObject({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': String(now + 2),
      'x-ratelimit-scope': 'process',
    })
    expect(first.headers).not.toHaveProperty('retry-after')
    await ask('/api/v2/jobs/1')
    const refused = await ask('/api/v2/jobs/1')
    expect([refused.statusCode, refused.json()]).toEqual([
      429,
      {
        statusCode: 429,
        error: 'Too Many Requests',
        message: 'Global limit has been reached',
        errorCode: 'too_many_requests',
      },
    ])
    expect(refused.headers).toMatchObject({
      'retry-after': '2',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(now + 2),
      'x-ratelimit-scope': 'process',
    })
    expect((await ask('/api/v2/jobs/1', 'Bearer two a')).statusCode).toBe(200)
    clock.advance({ seconds: Number(refused.headers['retry-after']) })
    expect((await ask('/api/v2/jobs/1')).statusCode).toBe(200)
  })

  test('a client above its rate is refused before the server reads the body', async () => {
    const { ask } = await serve('1/1')
    await ask('/api/v2/jobs/1')
    const unsound = { method: 'POST', payload: '{"' } as const
    expect((await ask('/api/v2/users', 'Bearer one a', unsound)).statusCode).toBe(429)
    expect((await ask('/api/v2/users', 'Bearer two a', unsound)).statusCode).toBe(400)
  })
})

test('a refused request carries no rate limit headers, and a request without a valid token is not counted', async () => {
  const { ask } = await serve('3/1')
  for (const [authorization, status] of [
    ['', 401],
    ['Bearer one b', 403],
  ] as const) {
    for (let n = 0; n < 5; n++) {
      const { statusCode, headers } = await ask('/api/v2/jobs/1', authorization)
      expect([statusCode, headers['x-ratelimit-limit']]).toEqual([status, undefined])
    }
  }
  const bad = await ask('/api/v2/bad')
  expect([bad.statusCode, bad.headers['x-ratelimit-limit']]).toEqual([400, undefined])
  expect((await ask('/api/v2/jobs/1')).headers['x-ratelimit-remaining']).toBe('1')
})

test('a download is never counted, and a server without a limit counts nothing', async () => {
  const limited = await serve('1/1')
  for (let n = 0; n < 5; n++) {
    const { statusCode, headers } = await limited.ask('/downloads/x')
    expect([statusCode, headers['x-ratelimit-limit']]).toEqual([200, undefined])
  }
  await app?.close()
  const open = await serve('off')
  for (let n = 0; n < 5; n++) {
    const { statusCode, headers } = await open.ask('/api/v2/jobs/1')
    expect([statusCode, headers['x-ratelimit-limit']]).toEqual([200, undefined])
  }
})

test('the self-service tier counts reads of users, writes of users, reads of connections and the rest apart', async () => {
  const { ask } = await serve('self-service')
  const post = { method: 'POST', payload: '{}' } as const
  const stand = async (url: string, more: InjectOptions = {}) => {
    const { headers } = await ask(url, 'Bearer one a', more)
    return [headers['x-ratelimit-limit'], headers['x-ratelimit-remaining']]
  }
  expect(await stand('/api/v2/users')).toEqual(['40', '39'])
  expect(await stand('/api/v2/users-by-email')).toEqual(['40', '38'])
  expect(await stand('/api/v2/users', { method: 'HEAD' })).toEqual(['40', '37'])
  expect(await stand('/api/v2/users', post)).toEqual(['20', '19'])
  expect(await stand('/api/v2/connections')).toEqual(['5', '4'])
  expect(await stand('/api/v2/connections', post)).toEqual(['10', '9'])
  expect(await stand('/api/v2/jobs/1')).toEqual(['10', '8'])
})

test.each(ROUTES.map((route) => [route.method, route.path, route.rateGroup] as const))(
  'a self-service tier counts %s %s in the bucket that Auth0 names, or with the reads of users',
  (method, path, group = 'other') => {
    // Auth0 does not have these. They read users.
    if (/\/(user-fields|count|preview)$/.test(path)) {
      expect(group).toBe('read_users')
      return
    }
    const users = /^\/api\/v2\/users(-by-email)?(\/|$)/.test(path)
    const connections = /^\/api\/v2\/connections(\/|$)/.test(path)
    const expected =
      method === 'GET'
        ? users
          ? 'read_users'
          : connections
            ? 'read_connections'
            : 'other'
        : users
          ? 'write_users'
          : 'other'
    expect(group).toBe(expected)
  },
)
