import type { FastifyInstance, InjectOptions } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { requireScopes } from '../../src/http/authenticate.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { errorLine } from '../../src/observe/log.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

let app: FastifyInstance
let lines: Record<string, unknown>[] = []

function routes(to: FastifyInstance): void {
  to.post('/echo', async (request) => ({ body: request.body ?? null }))
  to.get('/echo', async () => ({}))
  to.delete('/echo', async () => ({}))
  to.get('/api/v2/users/:id', async () => ({}))
  to.get('/api/v2/jobs/:id', async () => ({}))
  to.get('/downloads/*', async () => ({}))
  to.get('/guarded', { onRequest: requireScopes(openTokens, ['a', 'b']) }, async () => ({}))
  to.get('/later', async () => {
    throw new Failure('imports_too_many', 'Two at most', {
      headers: { 'retry-after': '7' },
      members: { more: 1 },
    })
  })
  to.get('/broken', async () => {
    throw new Error('ada@example.com is in row 3')
  })
  to.get('/oauth/broken', async () => {
    throw new Error('ada@example.com is in row 3')
  })
}

beforeAll(async () => {
  const sink = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const log = pino({ level: 'info', serializers: { err: errorLine } }, sink)
  app = await buildHttpServer({ log, routes: [routes] })
})
beforeEach(() => {
  lines = []
})
afterAll(() => app.close())

async function answer(options: InjectOptions) {
  const { statusCode: status, body, headers } = await app.inject(options)
  return { status, body: body === '' ? undefined : JSON.parse(body), headers }
}

const send = (payload: string, type?: string, method: 'POST' | 'DELETE' = 'POST') =>
  answer({ method, url: '/echo', payload, headers: type === undefined ? {} : { 'content-type': type } })

describe('every answer', () => {
  test('every answer carries Auth0’s headers, and its JSON names the encoding', async () => {
    const { headers } = await answer({ url: '/echo' })
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache',
      vary: 'origin,accept-encoding',
      'x-content-type-options': 'nosniff',
    })
    // A browser would refuse plain http for a year.
    expect(headers).not.toHaveProperty('strict-transport-security')
  })
})

describe('a body', () => {
  test('a body is read as JSON or as a form, however the type is written', async () => {
    expect((await send('{"a":1}', 'Application/JSON; charset=UTF-8')).body).toEqual({ body: { a: 1 } })
    expect((await send('{"a":1}', 'application/merge-patch+json')).body).toEqual({ body: { a: 1 } })
    expect((await send('a=1', 'application/x-www-form-urlencoded')).body).toEqual({ body: { a: '1' } })
    expect((await send('', 'application/json')).body).toEqual({ body: null })
  })

  test('a body of an unsupported type gets 415, also the type that fetch gives to text', async () => {
    for (const type of ['text/plain;charset=UTF-8', 'text/yaml', 'application/octet-stream']) {
      const { status, body } = await send('{"a":1}', type)
      expect([status, body], type).toEqual([
        415,
        {
          statusCode: 415,
          error: 'Unsupported Media Type',
          message: 'Unsupported Media Type: expected application/json',
        },
      ])
    }
  })

  test('a body that is no JSON gets 400, and a body over a megabyte gets 413', async () => {
    expect(await send('{"a"', 'application/json')).toMatchObject({
      status: 400,
      body: { statusCode: 400, errorCode: 'invalid_body' },
    })
    const whole = `"${'x'.repeat(1_048_574)}"`
    expect((await send(whole, 'application/json')).status).toBe(200)
    expect(await send(`${whole} `, 'application/json')).toMatchObject({
      status: 413,
      body: { statusCode: 413, error: 'Payload Too Large' },
    })
  })

  test('a body of a GET or DELETE request is ignored', async () => {
    expect((await send('anything', 'text/plain', 'DELETE')).status).toBe(200)
    expect((await send('', 'application/json', 'DELETE')).status).toBe(200)
    expect(
      (await answer({ url: '/echo', payload: '{', headers: { 'content-type': 'application/json' } })).status,
    ).toBe(200)
  })
})

describe('a path', () => {
  test('a path may end in a slash and have an unknown query', async () => {
    expect((await answer({ url: '/echo/?a=1&a=2&b[c]=%zz' })).status).toBe(200)
  })

  test('a path without a route gets 404 in Auth0’s envelope', async () => {
    for (const options of [{ url: '/nothing' }, { method: 'PUT', url: '/echo' }] as const) {
      expect(await answer(options)).toMatchObject({
        status: 404,
        body: { statusCode: 404, error: 'Not Found', message: 'Not Found' },
      })
    }
  })

  test('a malformed path gets 400, and the error does not repeat the path', async () => {
    for (const id of ['ada%zz', 'ada%00', `ada${'x'.repeat(2000)}`]) {
      const { status, body } = await answer({ url: `/api/v2/users/${id}` })
      expect([status, body], id).toEqual([
        400,
        {
          statusCode: 400,
          error: 'Bad Request',
          message: expect.stringMatching(/^Invalid request URI/),
          errorCode: 'invalid_uri',
        },
      ])
      expect(JSON.stringify(body)).not.toContain('ada')
    }
  })
})

describe('a failure', () => {
  test('a failure is answered with its headers and members', async () => {
    expect(await answer({ url: '/later' })).toMatchObject({
      status: 429,
      body: {
        statusCode: 429,
        error: 'Too Many Requests',
        message: 'Two at most',
        errorCode: 'too_many_requests',
        more: 1,
      },
      headers: { 'retry-after': '7' },
    })
  })

  test('an internal failure gets 500 and does not reveal the cause', async () => {
    expect((await answer({ url: '/broken' })).body).toEqual({
      statusCode: 500,
      error: 'Internal Server Error',
      message: 'An internal error occurred.',
      errorCode: 'internal_error',
    })
    expect((await answer({ url: '/oauth/broken' })).body).toEqual({
      error: 'server_error',
      error_description: 'An internal error occurred.',
    })
    expect(lines.filter((line) => line['msg'] === 'a request failed')).toHaveLength(2)
  })

  test('a missing scope is answered with all scopes that suffice, separated by commas without spaces', async () => {
    const ask = (authorization: string) => answer({ url: '/guarded', headers: { authorization } })
    expect((await ask('Bearer x b')).status).toBe(200)
    expect(await ask('Bearer x')).toMatchObject({
      status: 403,
      body: {
        statusCode: 403,
        error: 'Forbidden',
        message: 'Insufficient scope, expected any of: a,b',
        errorCode: 'insufficient_scope',
      },
    })
  })
})

test('P9 a log line holds no query, no body, no token and no user', async () => {
  const authorization = 'Bearer secret-token'
  await answer({ url: '/echo?signature=secret-query', headers: { authorization } })
  await send('{"a":"secret-body"}', 'application/json')
  await send('{"secret-body', 'application/json')
  for (const url of [
    '/api/v2/users/secret@user.io',
    '//api/v2/users/secret@user.io',
    '/v2/users/secret@user.io?secret-query',
    '/api/v2/users/secret%zz',
  ]) {
    await answer({ url, headers: { authorization } })
  }
  expect(lines.filter((line) => line['msg'] === 'request').length).toBeGreaterThanOrEqual(6)
  expect(lines[0]).toMatchObject({ method: 'GET', path: '/echo', status: 200, address: '127.0.0.1' })
  expect(JSON.stringify(lines)).not.toContain('secret')
})

test('P9 a log line names the client and the job of a download, even if the link is malformed', async () => {
  await answer({ url: '/guarded', headers: { authorization: 'Bearer x a' } })
  expect(lines.at(-1)).toMatchObject({ path: '/guarded', client: 'client', address: '127.0.0.1' })
  const key = 'jobs/job_0123456789abcdef/1/acme.csv.gz'
  for (const query of ['?', '%3F', '%253f', ';', '/']) {
    await answer({ url: `/downloads/${key}${query}expires=1&signature=secret-signature` })
    expect(lines.at(-1)).toMatchObject({ path: '/downloads/*', job: 'job_0123456789abcdef' })
  }
  await answer({ url: '/api/v2/jobs/job_0123456789abcdef' })
  expect(lines.at(-1)).toMatchObject({ path: '/api/v2/jobs/job_0123456789abcdef' })
  await answer({ url: '/api/v2/jobs/secret@user.io' })
  expect(lines.at(-1)).toMatchObject({ path: '/api/v2/jobs/…' })
  expect(JSON.stringify(lines)).not.toContain('secret')
})
