import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Auth0Options, type Auth0Server, startAuth0 } from '../fixtures/auth0-server.ts'

// Facts of recorded answers, of Auth0's schemas and of its documentation.

let folder: string
let server: Auth0Server
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-auth0-'))
})
afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly bytes: Buffer
  readonly json: unknown
}

async function send(
  method: string,
  path: string,
  { body, headers = {} }: { body?: string | Buffer; headers?: Record<string, string> } = {},
): Promise<Answered> {
  const url = path.startsWith('https:') ? path : `https://${server.domain}${path}`
  const sending = request(url, { method, headers, ca: readFileSync(server.caFile), agent: false })
  sending.end(body)
  const [answer] = (await once(sending, 'response')) as [IncomingMessage]
  const bytes = Buffer.concat(await answer.toArray())
  const isJson = String(answer.headers['content-type']).startsWith('application/json')
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    bytes,
    json: isJson ? JSON.parse(bytes.toString()) : undefined,
  }
}

interface Api {
  get(path: string): Promise<Answered>
  post(path: string, json: unknown, headers?: Record<string, string>): Promise<Answered>
  form(parts: Record<string, string | Blob>): Promise<Answered>
  ended(id: string): Promise<Record<string, unknown>>
}

async function start(options: Omit<Auth0Options, 'folder'> = {}): Promise<Api> {
  server = await startAuth0({ folder, ...options })
  return signIn()
}

async function signIn(): Promise<Api> {
  const { json } = await send('POST', '/oauth/token', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials',
      client_id: server.client.id,
      client_secret: server.client.secret,
      audience: `https://${server.domain}/api/v2/`,
    }),
  })
  const authorization = `Bearer ${(json as { access_token: string }).access_token}`
  const api: Api = {
    get: (path) => send('GET', `/api/v2/${path}`, { headers: { authorization } }),
    post: (path, value, headers) =>
      send('POST', `/api/v2/${path}`, {
        headers: { authorization, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(value),
      }),
    form: async (parts) => {
      const form = new FormData()
      for (const [name, value] of Object.entries(parts)) form.set(name, value)
      const encoded = new Response(form)
      return send('POST', '/api/v2/jobs/users-imports', {
        headers: { authorization, 'content-type': encoded.headers.get('content-type') ?? '' },
        body: Buffer.from(await encoded.arrayBuffer()),
      })
    },
    ended: async (id) => {
      for (;;) {
        const job = (await api.get(`jobs/${id}`)).json as Record<string, unknown>
        if (job['status'] !== 'pending') return job
      }
    },
  }
  return api
}

function file(users: unknown): Blob {
  return new Blob([typeof users === 'string' ? users : JSON.stringify(users)], { type: 'application/json' })
}

const connectionId = () => server.connections[0]?.id ?? ''

const code = ({ json }: Answered) => (json as { errorCode?: string }).errorCode
const message = ({ json }: Answered) => (json as { message: string }).message
const idOf = ({ json }: Answered) => (json as { id: string }).id

test('a token is refused in the words that Auth0 uses for each reason', async () => {
  const api = await start()
  const ask = (headers: Record<string, string>) => send('GET', '/api/v2/jobs/job_x', { headers })
  const missing = await ask({})
  expect([missing.status, missing.json]).toEqual([
    401,
    { statusCode: 401, error: 'Unauthorized', message: 'Missing authentication' },
  ])
  expect(missing.headers['www-authenticate']).toBe('Bearer')
  const malformed = await ask({ authorization: 'Bearer a.b' })
  expect([malformed.status, code(malformed)]).toEqual([400, 'Bearer'])
  expect((await ask({ authorization: 'Bearer a.b.c' })).status).toBe(401)
  server.advance({ seconds: 86_400 })
  const expired = await api.get('jobs/job_x')
  expect(expired.json).toMatchObject({
    statusCode: 401,
    attributes: { error: 'Expired token received for JSON Web Token validation' },
  })
})

test('a missing scope gets 403 with the scopes that would do', async () => {
  const api = await start({ scopes: ['read:connections'] })
  const refused = await api.post('jobs/users-exports', {})
  expect([refused.status, code(refused), message(refused)]).toEqual([
    403,
    'insufficient_scope',
    'Insufficient scope, expected any of: read:users',
  ])
})

test('an export is created with 200 and echoes the request in the recorded order of members', async () => {
  const api = await start()
  const fields = [{ name: 'name' }, { name: 'identities[0].connection' }]
  const created = await api.post('jobs/users-exports', {
    limit: 5,
    fields,
    format: 'json',
    connection_id: connectionId(),
  })
  expect(created.status).toBe(200)
  expect(Object.keys(created.json as object)).toEqual([
    ...['type', 'status', 'connection_id', 'format', 'limit', 'fields', 'connection', 'created_at', 'id'],
  ])
  expect(idOf(created)).toMatch(/^job_[A-Za-z0-9]{16}$/)
  const bare = await api.post('jobs/users-exports', { connection_id: connectionId() })
  expect(bare.json).toMatchObject({ status: 'pending', format: 'csv' })
  expect(Object.keys(bare.json as object)).not.toContain('limit')
})

test('an export refuses unknown members and formats with a sentence of z-schema', async () => {
  const api = await start()
  const sentence = async (body: unknown) => {
    const refused = await api.post('jobs/users-exports', body)
    expect([refused.status, code(refused)]).toEqual([400, 'invalid_body'])
    return message(refused)
  }
  expect(await sentence({ q: 'email:a' })).toBe(
    "Payload validation error: 'Additional properties not allowed: q'.",
  )
  expect(await sentence({ format: 'xml' })).toBe(
    "Payload validation error: 'No enum match for: xml' on property format (Format of the file. Must be `json` or `csv`).",
  )
  const unknown = await api.post('jobs/users-exports', { connection_id: 'con_0000000000000000' })
  expect([unknown.status, code(unknown)]).toEqual([400, 'inexistent_connection'])
})

test('a link lives 60 seconds, each answer has a new one, and a range of the file can be read', async () => {
  const api = await start()
  const users = Array.from({ length: 50 }, (_, n) => ({ email: `u${n}@example.com`, name: `User ${n}` }))
  await api.ended(
    idOf(await api.form({ users: file(users), connection_id: connectionId(), external_id: '' })),
  )
  const created = await api.post('jobs/users-exports', { format: 'json', fields: [{ name: 'email' }] })
  const { location } = (await api.ended(idOf(created))) as { location: string }
  const whole = await send('GET', location)
  const lines = gunzipSync(whole.bytes).toString().split('\n')
  expect([lines.length, lines[0], lines.at(-1)]).toEqual([51, '{"email":"u0@example.com"}', ''])
  const etag = String(whole.headers['etag'])
  const rest = await send('GET', location, { headers: { range: 'bytes=10-', 'if-range': etag } })
  expect([rest.status, rest.bytes]).toEqual([206, whole.bytes.subarray(10)])
  expect(rest.headers['content-range']).toBe(`bytes 10-${whole.bytes.length - 1}/${whole.bytes.length}`)
  const other = await send('GET', location, { headers: { range: 'bytes=10-', 'if-range': '"other"' } })
  expect(other.status).toBe(200)
  const beyond = await send('GET', location, { headers: { range: `bytes=${whole.bytes.length}-` } })
  expect(beyond.status).toBe(416)
  server.advance({ seconds: 59 })
  expect((await send('GET', location)).status).toBe(200)
  server.advance({ seconds: 1 })
  const late = await send('GET', location)
  expect([late.status, late.bytes.toString()]).toEqual([
    403,
    expect.stringContaining('<Code>AccessDenied</Code>'),
  ])
  const again = (await api.get(`jobs/${idOf(created)}`)).json as { location: string }
  expect(again.location).not.toBe(location)
  expect((await send('GET', again.location)).status).toBe(200)
  expect((await send('GET', again.location, { headers: { authorization: 'Bearer a.b.c' } })).status).toBe(400)
  server.advance({ seconds: 86_400 })
  const expired = (await (await signIn()).get(`jobs/${idOf(created)}`)).json as Record<string, unknown>
  expect([expired['status'], expired['location']]).toEqual(['expired', undefined])
})

test('a CSV cell has an apostrophe if the cell is a text of the user', async () => {
  const api = await start()
  const users = [{ email: 'a@example.com', name: 'An "odd" name', email_verified: true }]
  await api.ended(idOf(await api.form({ users: file(users), connection_id: connectionId() })))
  const fields = ['email', 'name', 'email_verified', 'created_at', 'user_metadata.x'].map((name) => ({
    name,
  }))
  const job = await api.ended(idOf(await api.post('jobs/users-exports', { fields })))
  const text = gunzipSync((await send('GET', String(job['location']))).bytes).toString()
  expect(text).toMatch(
    /^"email","name","email_verified","created_at","user_metadata.x"\n"'a@example.com","'An ""odd"" name",true,"20[^"']*",\n$/,
  )
})

test('an import is created with 202, and its errors give users as in the file with secrets masked', async () => {
  const api = await start()
  const import_ = async (users: unknown, upsert = 'false') => {
    const created = await api.form({ users: file(users), connection_id: connectionId(), upsert })
    expect(created.status).toBe(202)
    expect(Object.keys(created.json as object)).toEqual([
      ...['type', 'status', 'connection_id', 'connection', 'created_at', 'id'],
    ])
    return api.ended(idOf(created))
  }
  const hash = `$2b$10$${'a'.repeat(53)}`
  const first = await import_([
    { email: 'a@example.com', user_id: '1', app_metadata: { plan: 'x', seats: 2 } },
    { email: 'A@example.com', password_hash: hash },
    { email: 'b@example.com', locale: 'fr' },
  ])
  expect(first['summary']).toEqual({ failed: 2, updated: 0, inserted: 1, total: 3 })
  const errors = await api.get(`jobs/${String(first['id'])}/errors`)
  expect(errors.headers['content-type']).toBe('application/json')
  expect(errors.json).toEqual([
    {
      user: { email: 'A@example.com', password_hash: '*****' },
      errors: [{ code: 'DUPLICATED_USER', message: 'The user already exist and upsert parameter is false' }],
    },
    { user: { email: 'b@example.com', locale: 'fr' }, errors: [expect.objectContaining({ path: '#/' })] },
  ])
  const second = await import_(
    [{ email: 'a@example.com', app_metadata: { plan: 'y' }, blocked: true }],
    'true',
  )
  expect(second['summary']).toEqual({ failed: 0, updated: 1, inserted: 0, total: 1 })
  expect((await api.get(`jobs/${String(second['id'])}/errors`)).status).toBe(204)
  expect((await api.get('users/auth0%7C1')).json).toMatchObject({ app_metadata: { plan: 'y' } })
  expect((await api.get('users/auth0%7C1')).json).not.toHaveProperty('blocked')
  const broken = await api.form({ users: file('{"email":1}\n'), connection_id: connectionId() })
  expect((await api.ended(idOf(broken)))['status']).toBe('failed')
  expect((await api.get(`jobs/${idOf(broken)}/errors`)).status).toBe(204)
})

test('a form above 512000 bytes gets 413, and a third active import gets 429', async () => {
  const api = await start({ jobMs: 3_600_000 })
  const large = await api.form({ users: file('x'.repeat(512_000)), connection_id: connectionId() })
  expect([large.status, message(large)]).toEqual([
    413,
    'Payload content length greater than maximum allowed: 512000.',
  ])
  const small = () => api.form({ users: file([]), connection_id: connectionId() })
  expect([(await small()).status, (await small()).status]).toEqual([202, 202])
  const third = await small()
  expect([third.status, message(third)]).toEqual([
    429,
    'There are 2 active import users jobs, please wait until some of them are finished and try again',
  ])
  expect(third.headers['retry-after']).toBeUndefined()
})

test('a busy server says when requests are taken again, and not in Retry-After', async () => {
  const api = await start()
  server.fail(1, 'GET', /connections$/, { kind: 'busy', seconds: 2 })
  const busy = await api.get('connections')
  expect([busy.status, code(busy), message(busy)]).toEqual([
    429,
    'too_many_requests',
    'Global limit has been reached',
  ])
  expect(Number(busy.headers['x-ratelimit-reset'])).toBeGreaterThan(Date.now() / 1000)
  expect(busy.headers['retry-after']).toBeUndefined()
  expect((await api.get('connections')).headers['x-ratelimit-limit']).toBe('50')
})

test('connections come in pages by checkpoint, and the last page has no next', async () => {
  const names = ['a', 'b', 'c']
  const api = await start({ connections: names.map((name) => ({ name, strategy: 'auth0' })) })
  const first = (await api.get('connections?take=2')).json as { connections: unknown[]; next: string }
  expect([first.connections.length, Object.keys(first)]).toEqual([2, ['connections', 'next']])
  const last = (await api.get(`connections?take=2&from=${first.next}`)).json as object
  expect(Object.keys(last)).toEqual(['connections'])
  expect(code(await api.get('connections?take=2&from=other'))).toBe('invalid_paging')
})

test('none of the extensions of Muster exists, and an Idempotency-Key makes no difference', async () => {
  const api = await start()
  const key = { 'idempotency-key': 'the same' }
  const one = await api.post('jobs/users-exports', {}, key)
  const two = await api.post('jobs/users-exports', {}, key)
  expect(idOf(one)).not.toBe(idOf(two))
  for (const path of ['jobs', `jobs/${idOf(one)}/events`, `jobs/${idOf(one)}/receipt`])
    expect([path, (await api.get(path)).status]).toEqual([path, 404])
  expect((await send('DELETE', `/api/v2/jobs/${idOf(one)}`)).status).toBe(404)
})

test('a lost answer breaks the connection after the request was done', async () => {
  const api = await start()
  server.fail(1, 'POST', /users-imports$/, { kind: 'lost' })
  const users = file([{ email: 'a@example.com' }])
  await expect(api.form({ users, connection_id: connectionId() })).rejects.toThrow('socket hang up')
  await expect.poll(() => server.connections[0]?.users.length).toBe(1)
})
