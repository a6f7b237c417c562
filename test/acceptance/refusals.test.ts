import { createHmac, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, apiOf, firstConnectionId, heldFetch, type Reached, reachServer } from './harness.ts'
import { CLIENT } from './start-process.ts'

let server: Reached
let api: Api
let connectionId: string
beforeAll(async () => {
  server = await reachServer()
  api = await apiOf(server)
  connectionId = await firstConnectionId(api)
})
afterAll(() => server.stop())

async function answer(response: Response | Promise<Response>): Promise<unknown[]> {
  const got = await response
  return [got.status, await got.json()]
}

const bad = (message: string, errorCode: string) => [
  400,
  { statusCode: 400, error: 'Bad Request', message, errorCode },
]
const onFields = 'fields (List of fields to be included in the CSV. Defaults to a predefined set of fields)'
const onName = 'fields[0].name (Name of the field in the profile)'

describe('a wrong export request', () => {
  test.each([
    [{ foo: 1 }, "'Additional properties not allowed: foo'."],
    [null, "'Expected type object but found type null'."],
    [[], "'Expected type object but found type array'."],
    [
      { format: 'xml' },
      "'No enum match for: xml' on property format (Format of the file. Must be `json` or `csv`).",
    ],
    [{ limit: 0 }, "'Value 0 is less than minimum 1' on property limit (Limit the number of records)."],
    [
      { limit: '5' },
      "'Expected type integer but found type string' on property limit (Limit the number of records).",
    ],
    [{ fields: [{}] }, "'Missing required property: name' on property fields[0]."],
    [{ fields: [[{ name: 'email' }]] }, "'Expected type object but found type array' on property fields[0]."],
    [{ fields: [{ name: '' }] }, `'String is too short (0 chars), minimum 1' on property ${onName}.`],
    [
      { fields: [{ name: 'x'.repeat(101) }] },
      `'String is too long (101 chars), maximum 100' on property ${onName}.`,
    ],
    [
      { fields: [{ name: 'a..b' }] },
      `'Not a path such as a.b[0].c: expected a name at position 2' on property ${onName}.`,
    ],
    [
      { fields: Array(31).fill({ name: 'email' }) },
      `'Array is too long (31), maximum 30' on property ${onFields}.`,
    ],
  ])('an export request %j is refused in the words of Auth0’s validator', async (body, words) => {
    expect(await answer(api.post('jobs/users-exports', body))).toEqual(
      bad(`Payload validation error: ${words}`, 'invalid_body'),
    )
  })

  test('a CSV export of a whole object is refused with advice, and a JSON export of the object is accepted', async () => {
    for (const name of ['app_metadata', 'user_metadata', 'identities']) {
      const [status, body] = await answer(api.post('jobs/users-exports', { fields: [{ name }] }))
      expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('name a path into it')])
      expect((await api.post('jobs/users-exports', { format: 'json', fields: [{ name }] })).status).toBe(200)
    }
  })

  test('an export request with several errors gets all of them, the last property first', async () => {
    const [, body] = await answer(api.post('jobs/users-exports', { format: 'xml', limit: 0 }))
    const { message } = body as { message: string }
    expect(message.indexOf('limit')).toBeLessThan(message.indexOf('(also) Payload validation error'))
    expect(message.indexOf('(also)')).toBeLessThan(message.indexOf('format'))
  })

  test('an export request is refused for an unknown connection, a malformed body, another type, or a large body', async () => {
    expect(await answer(api.post('jobs/users-exports', { connection_id: 'con_0000000000000000' }))).toEqual(
      bad('The connection does not exist.', 'inexistent_connection'),
    )
    const send = (body: string, type: string) =>
      heldFetch(`${server.url}/api/v2/jobs/users-exports`, {
        method: 'POST',
        headers: { ...api.headers, 'content-type': type },
        body,
      })
    expect(await answer(send('{"format"', 'application/json'))).toEqual(
      bad("Payload validation error: 'Invalid request payload JSON format'.", 'invalid_body'),
    )
    expect((await send('format: csv', 'text/yaml')).status).toBe(415)
    expect((await send(`{"x":"${'y'.repeat(1_100_000)}"}`, 'application/json')).status).toBe(413)
    const form = new FormData()
    form.set('connection_id', connectionId)
    const parts = { method: 'POST', headers: api.headers, body: form }
    expect((await heldFetch(`${server.url}/api/v2/jobs/users-exports`, parts)).status).toBe(415)
    expect(
      (await heldFetch(`${server.url}/api/v2/jobs/users-exports`, { method: 'POST', body: '{' })).status,
    ).toBe(401)
    expect((await send('', 'application/json')).status).toBe(200)
    expect(
      (await send('format=json&limit=3&fields[0][name]=email', 'application/x-www-form-urlencoded')).status,
    ).toBe(200)
  })
})

describe('an unknown job', () => {
  test('an unknown job gets 404 for an id of any form', async () => {
    for (const id of ['job_0000000000000000', 'x', 'con_0000000000000000', '%F0%9F%98%80', 'a'.repeat(500)]) {
      expect(await answer(api.get(`jobs/${id}`))).toEqual([
        404,
        { statusCode: 404, error: 'Not Found', message: 'Job not found.', errorCode: 'inexistent_job' },
      ])
      expect((await answer(api.get(`jobs/${id}/errors`)))[1]).toMatchObject({
        message: 'The job does not exist',
      })
    }
    expect((await api.get('jobs/%00')).status).toBe(400)
    expect((await api.get('users/auth0%7C%00')).status).toBe(400)
  })
})

describe('a request without valid credentials', () => {
  const unauthorized = (message: string, members: object = { attributes: { error: message } }) => [
    401,
    { statusCode: 401, error: 'Unauthorized', message, ...members },
  ]
  const withToken = (authorization?: string) =>
    heldFetch(`${server.url}/api/v2/jobs/x`, {
      headers: authorization === undefined ? {} : { authorization },
    })
  const claims = () => ({
    iss: `${server.url}/`,
    aud: `${server.url}/api/v2/`,
    sub: 'x@clients',
    azp: 'x',
    scope: 'read:users',
  })
  const forged = (header: object, payload: object) =>
    [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')

  test('a request without a token, or with a malformed header, gets 401 or 400', async () => {
    const missing = await withToken()
    expect(missing.headers.get('www-authenticate')).toBe('Bearer')
    expect(await answer(missing)).toEqual(unauthorized('Missing authentication', {}))
    expect(await answer(withToken('Basic eDp5'))).toEqual(unauthorized('Missing authentication', {}))
    for (const header of ['Bearer', 'Bearer a.b', 'Bearer a.b.c d']) {
      expect(await answer(withToken(header)), header).toEqual(
        bad('Bad HTTP authentication header format', 'Bearer'),
      )
    }
  })

  test('a forged token is refused: alg none, another key, the public key as a secret, changed claims', async () => {
    const exp = Math.floor(Date.now() / 1000) + 3600
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const signed = new SignJWT(claims())
      .setProtectedHeader({ alg: 'RS256' })
      .setExpirationTime('1h')
      .sign(privateKey)
    expect(await answer(withToken(`Bearer ${await signed}`))).toEqual(
      unauthorized('Invalid signature received for JSON Web Token validation'),
    )
    expect((await withToken(`Bearer ${forged({ alg: 'none' }, { ...claims(), exp })}.`)).status).toBe(401)
    const jwks = await (await heldFetch(`${server.url}/.well-known/jwks.json`)).text()
    const symmetric = forged({ alg: 'HS256' }, { ...claims(), exp })
    const mac = createHmac('sha256', jwks).update(symmetric).digest('base64url')
    expect(await answer(withToken(`Bearer ${symmetric}.${mac}`))).toEqual(unauthorized('Invalid token'))
    const [head = '', body = '', signature = ''] = (api.headers['authorization'] ?? '').slice(7).split('.')
    const changed = Buffer.from(
      Buffer.from(body, 'base64url').toString().replace('read:users', 'read:USERS'),
    ).toString('base64url')
    expect(await answer(withToken(`Bearer ${head}.${changed}.${signature}`))).toEqual(
      unauthorized('Invalid signature received for JSON Web Token validation'),
    )
  })

  test('a token request is refused for a wrong secret, audience or grant, or for scopes not granted', async () => {
    const ask = (change: object) =>
      heldFetch(`${server.url}/oauth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          grant_type: 'client_credentials',
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          audience: `${server.url}/api/v2/`,
          ...change,
        }),
      })
    const refusal = (status: number, error: string, error_description: string) => [
      status,
      { error, error_description },
    ]
    expect(await answer(ask({ client_secret: 'x' }))).toEqual(refusal(401, 'access_denied', 'Unauthorized'))
    expect(await answer(ask({ client_id: 'a\0b' }))).toEqual(refusal(401, 'access_denied', 'Unauthorized'))
    expect(await answer(ask({ audience: 'https://other/' }))).toEqual(
      refusal(403, 'access_denied', 'Service not enabled within domain: https://other/'),
    )
    expect(await answer(ask({ scope: 'read:users read:roles' }))).toEqual(
      refusal(403, 'access_denied', 'Client has not been granted scopes: read:roles'),
    )
    expect((await answer(ask({ grant_type: 'password' })))[1]).toMatchObject({
      error: 'unsupported_grant_type',
    })
    expect((await answer(ask({ grant_type: ['x'] })))[0]).toBe(400)
    const { access_token: token } = (await (await ask({ scope: 'read:connections' })).json()) as {
      access_token: string
    }
    expect(await answer(withToken(`Bearer ${token}`))).toEqual([
      403,
      {
        statusCode: 403,
        error: 'Forbidden',
        message: 'Insufficient scope, expected any of: create:users,read:users',
        errorCode: 'insufficient_scope',
      },
    ])
  })
})

describe('a wrong import', () => {
  const send = (parts: Readonly<Record<string, string | Blob>>) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(parts)) form.set(name, value)
    return heldFetch(`${server.url}/api/v2/jobs/users-imports`, {
      method: 'POST',
      headers: api.headers,
      body: form,
    })
  }
  const users = (text: string) => new Blob([text], { type: 'application/json' })

  test('an import is refused for a missing part, for another kind of connection, or for its size', async () => {
    const cases: [Readonly<Record<string, string | Blob>>, number, string][] = [
      [{ connection_id: connectionId }, 400, "Must provide 'users' file as multipart part."],
      [{ users: users('[]') }, 400, "Must provide 'connection_id' as multipart part."],
      [{ users: users(''), connection_id: connectionId }, 400, 'Users file must not be empty.'],
      [
        { users: users('[]'), connection_id: 'con_x' },
        400,
        "Payload validation error: 'String does not match pattern ^con_[A-Za-z0-9]{16}$' on property connection_id.",
      ],
      [{ users: users('[]'), connection_id: 'con_0000000000000000' }, 400, 'The connection does not exist.'],
      [
        { users: users(`[${' '.repeat(512_000)}]`), connection_id: connectionId },
        413,
        'Payload content length greater than maximum allowed: 512000.',
      ],
    ]
    for (const [parts, status, message] of cases) {
      const [got, body] = await answer(send(parts))
      expect([got, (body as { message: string }).message]).toEqual([status, message])
    }
    const social = (await (await api.post('connections', { name: 'github', strategy: 'github' })).json()) as {
      id: string
    }
    expect((await answer(send({ users: users('[]'), connection_id: social.id })))[1]).toMatchObject({
      message: 'Connection must be a database connection',
    })
  })

  test('an import of a file that is no JSON fails with the reason', async () => {
    const { id } = (await (
      await send({ users: users('{"email":'), connection_id: connectionId })
    ).json()) as { id: string }
    const job = await api.job(id, 'failed', 'completed')
    expect(job).toMatchObject({ status: 'failed', status_details: expect.stringContaining('JSON') })
    expect((await answer(api.get(`jobs/${id}/errors`)))[1]).toMatchObject({ id, status: 'failed' })
  })

  test('an import reports the users that cannot be stored, and stores the others, which an export returns', async () => {
    const good = { email: 'good@example.com', favourite: { colour: 'blue' } }
    const file = [
      { email: 'nul\0@example.com' },
      good,
      { email: 'half@example.com', name: '\ud800' },
      { name: 'nobody' },
      { ...good },
    ]
    const { id } = (await (await api.import(connectionId, file)).json()) as { id: string }
    const job = await api.job(id, 'completed', 'failed')
    expect(job['summary']).toEqual({ failed: 4, updated: 0, inserted: 1, total: 5 })
    const [, errors] = await answer(api.get(`jobs/${id}/errors`))
    const codes = (errors as { errors: { code: string }[] }[]).map((error) => error.errors[0]?.code)
    expect(codes).toEqual(['FORMAT', 'FORMAT', 'OBJECT_REQUIRED', 'DUPLICATED_USER'])
    const exported = await api.export({
      format: 'json',
      fields: [{ name: 'email' }, { name: 'favourite.colour' }],
    })
    const text = gunzipSync(
      Buffer.from(await (await heldFetch(String(exported['location']))).arrayBuffer()),
    ).toString()
    expect(text).toContain('{"email":"good@example.com","favourite.colour":"blue"}\n')
  })
})

test('the OpenAPI document names every endpoint of docs/api.md', async () => {
  const document = (await (await heldFetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<string, object>
  }
  const named = Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`),
  )
  const table =
    readFileSync(resolve(import.meta.dirname, '../../docs/api.md'), 'utf8').split('## Exports')[0] ?? ''
  const told = [...table.matchAll(/`((?:GET|POST|PATCH|DELETE) \/(?:api|oauth)[^`]*)`/g)].map(
    (match) => match[1],
  )
  expect(told.length).toBeGreaterThan(10)
  for (const endpoint of told) expect(named).toContain(endpoint)
})

describe('a download link', () => {
  test('P6 a link works without a token, whole, in part and for HEAD, and not with one character changed', async () => {
    const location = String((await api.export({ format: 'csv' }))['location'])
    const whole = await heldFetch(location, { headers: { 'accept-encoding': 'gzip' } })
    const bytes = Buffer.from(await whole.arrayBuffer())
    expect(gunzipSync(bytes).toString()).toMatch(/^user_id,email,/)
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'application/gzip',
      'content-disposition': `attachment; filename="${new URL(location).pathname.split('/').at(-1)}"`,
      'cache-control': 'no-store',
      'content-length': String(bytes.length),
      'accept-ranges': 'bytes',
    })
    expect(whole.headers.has('content-encoding')).toBe(false)
    const head = await heldFetch(location, { method: 'HEAD' })
    expect([head.status, head.headers.get('etag'), head.headers.get('content-length')]).toEqual([
      200,
      whole.headers.get('etag'),
      String(bytes.length),
    ])
    const part = await heldFetch(location, {
      headers: { range: 'bytes=10-', 'if-range': String(whole.headers.get('etag')) },
    })
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      `bytes 10-${bytes.length - 1}/${bytes.length}`,
    ])
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10))
    expect((await heldFetch(location, { headers: { range: 'bytes=999999-' } })).status).toBe(416)
    const other = await heldFetch(location, { headers: { range: 'bytes=10-', 'if-range': '"other"' } })
    expect(other.status).toBe(200)
    await other.arrayBuffer()
    for (const changed of [
      location.replace('.csv', '.cs_'),
      location.replace('/1/', '/%31/'),
      location.replace('?', '/?'),
      location.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      location.replace(/expires=\d/, 'expires=9'),
    ]) {
      expect(await answer(heldFetch(changed))).toEqual([
        403,
        expect.objectContaining({ errorCode: 'invalid_link' }),
      ])
    }
    expect((await heldFetch(location.replace(/\?.*/, ''))).status).toBe(403)
  })
})
