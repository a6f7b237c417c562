import { STATUS_CODES } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Operation, readAuth0Document } from './auth0-document.ts'
import { type Api, apiOf, firstConnectionId, heldFetch, type Reached, reachServer } from './harness.ts'
import { CLIENT } from './start-process.ts'

/** Method, path below /api/v2, the status that is expected; a body; and what else is to be said of it. */
type Call = readonly [method: string, path: string, status: number, body?: unknown, more?: More]

interface More {
  /** The name by which later rows know the id of the answer. */
  readonly keep?: string
  /** What the document finds wrong with the answer, where that is our choice (docs/api.md). */
  readonly departs?: string
}

const DATABASE = 'Username-Password-Authentication'
const ada = {
  connection: DATABASE,
  email: 'ada@schema.example.com',
  password: 'long enough 1!',
  username: 'ada',
  given_name: 'Ada',
  user_metadata: { a: 1 },
  app_metadata: { b: [1, null] },
}
const grant = { client_id: '{client}', audience: '{audience}', scope: ['read:users'] }
const file = (users: unknown) => ({ users })
const FILE_TOO_LARGE = file([{ email: 'a@x.io', name: 'x'.repeat(600_000) }])

// An export of all connections names none.
const NO_CONNECTION = '#/ Missing required property: connection'

/** A body without what lists of connections had before the document, and have here for clients of that time. */
function documented(text: string, operation: Operation | undefined): unknown {
  const isOlder = (name: string): boolean => name === 'enabled_clients' && operation?.path === '/connections'
  return JSON.parse(text, (name, value) => (isOlder(name) ? undefined : value))
}

/** Every answer is held against Auth0's document. `{name}` stands for the id that a row before has kept. */
const CALLS: readonly Call[] = [
  ['GET', '/connections', 200, undefined, { keep: 'con' }],
  ['GET', '/connections?include_totals=true&per_page=1', 200],
  ['GET', '/connections?fields=name', 200],
  ['GET', '/connections?strategy=auth0&name=Username-Password-Authentication', 200],
  ['GET', '/connections?per_page=0', 400],
  ['POST', '/connections', 201, { name: 'schema-google', strategy: 'google-oauth2' }, { keep: 'google' }],
  ['GET', '/connections?take=1', 200],
  ['GET', '/connections?from=nobodys', 400],
  ['GET', '/connections/{con}', 200],
  ['GET', '/connections/{con}?fields=name&include_fields=false', 200],
  ['GET', '/connections/{con}?include_fields=perhaps', 400],
  ['GET', '/connections/con_0000000000000000', 404],

  ['POST', '/users', 201, ada, { keep: 'ada' }],
  [
    'POST',
    '/users',
    201,
    { connection: 'schema-google', email: 'eve@schema.example.com', user_id: '7' },
    { keep: 'eve' },
  ],
  ['POST', '/users', 400, { ...ada, connection: undefined }],
  ['POST', '/users', 400, { ...ada, connection: 'nobodys' }],
  ['POST', '/users', 409, ada],
  ['GET', '/users/{ada}', 200],
  ['GET', '/users/{ada}?fields=email,identities', 200],
  ['GET', '/users/{eve}', 200],
  ['GET', '/users/{ada}?include_fields=perhaps', 400],
  ['GET', '/users/auth0%7Cnobody', 404],
  ['PATCH', '/users/{ada}', 200, { user_metadata: { a: null, c: {} }, blocked: true, phone_number: '+123' }],
  ['PATCH', '/users/{ada}', 200, { password: 'another one 1!' }],
  ['PATCH', '/users/{ada}', 400, { email: 'x', shoe: 43 }],
  ['PATCH', '/users/auth0%7Cnobody', 404, { name: 'x' }],
  ['GET', '/users', 200],
  ['GET', '/users?q=email:ada*&search_engine=v3&sort=created_at:-1&per_page=1', 200],
  ['GET', '/users?include_totals=true&page=1&per_page=1', 200],
  ['GET', '/users?fields=user_id&include_totals=true', 200],
  ['GET', '/users?q=name:(', 400],
  ['GET', '/users?page=20&per_page=100', 400],
  ['GET', '/users-by-email?email=ada@schema.example.com', 200],
  ['GET', '/users-by-email?email=nobody@schema.example.com', 200],
  ['GET', '/users-by-email?email=ada@schema.example.com&fields=email', 200],
  ['GET', '/users-by-email', 400],

  [
    'POST',
    '/jobs/users-imports',
    202,
    file([{ email: 'new@schema.example.com', given_name: 'New' }]),
    { keep: 'imported' },
  ],
  ['GET', '/jobs/{imported}', 200],
  ['GET', '/jobs/{imported}/errors', 204],
  [
    'POST',
    '/jobs/users-imports',
    202,
    file([{ email: ada.email }, { email: 'no address' }]),
    { keep: 'refused' },
  ],
  ['GET', '/jobs/{refused}', 200],
  ['GET', '/jobs/{refused}/errors', 200],
  ['POST', '/jobs/users-imports', 202, file('no list'), { keep: 'unreadable' }],
  ['GET', '/jobs/{unreadable}', 200],
  ['GET', '/jobs/{unreadable}/errors', 200],
  ['POST', '/jobs/users-imports?connection_id={con}', 202, '{"email":"line@x.io"}\n', { keep: 'streamed' }],
  ['GET', '/jobs/{streamed}', 200],
  ['GET', '/jobs/{streamed}/errors', 204],
  ['POST', '/jobs/users-imports', 400, {}],
  ['POST', '/jobs/users-imports', 413, FILE_TOO_LARGE],
  ['POST', '/jobs/users-exports', 200, {}, { keep: 'csv', departs: NO_CONNECTION }],
  ['GET', '/jobs/{csv}', 200],
  ['GET', '/jobs/{csv}/errors', 204],
  [
    'POST',
    '/jobs/users-exports',
    200,
    { connection_id: '{con}', format: 'json', limit: 2, fields: [{ name: 'email', export_as: 'E-mail' }] },
    { keep: 'ndjson' },
  ],
  ['GET', '/jobs/{ndjson}', 200],
  [
    'POST',
    '/jobs/users-exports',
    200,
    { format: 'json', q: 'email:ada*', sort: 'email:1' },
    { keep: 'found', departs: NO_CONNECTION },
  ],
  ['GET', '/jobs/{found}', 200],
  ['POST', '/jobs/users-exports', 400, { format: 'xml' }],
  ['POST', '/jobs/users-exports', 400, { connection_id: 'con_0000000000000000' }],
  ['POST', '/jobs/verification-email', 201, { user_id: '{ada}' }, { keep: 'mail' }],
  ['GET', '/jobs/{mail}', 200],
  ['GET', '/jobs/{mail}/errors', 200],
  ['GET', '/jobs/%00', 400],
  ['GET', '/jobs/%00/errors', 400],
  ['GET', '/jobs/job_0000000000000000', 404],
  ['GET', '/jobs/job_0000000000000000/errors', 404],

  // The document has no schemas of these: only their errors are held against Auth0's envelope.
  ['GET', '/stats/daily', 200],
  ['GET', '/stats/daily?from=20260101&to=20260131', 200],
  ['GET', '/stats/daily?from=2026', 400],
  ['GET', '/stats/active-users', 200],
  ['POST', '/jobs/verification-email', 400, {}],
  ['POST', '/jobs/verification-email', 404, { user_id: 'auth0|nobody' }],
  ['POST', '/clients', 201, { name: 'schema' }, { keep: 'client' }],
  ['POST', '/clients', 400, {}],
  ['GET', '/clients/{client}', 200],
  ['GET', '/clients/nobody', 404],
  ['POST', '/clients/nobody/rotate-secret', 404],
  ['POST', '/client-grants', 201, grant, { keep: 'grant' }],
  ['POST', '/client-grants', 409, grant],
  ['GET', '/client-grants/nobody', 404],
  ['DELETE', '/client-grants/{grant}', 204],
  ['DELETE', '/clients/{client}', 204],

  ['DELETE', '/users/{eve}', 204],
  ['DELETE', '/users/%00', 400],
  ['DELETE', '/connections/{google}', 202],
]

// No call can bring these about at will: rate limits are off here, and nothing is broken or slow.
const UNPROVOKED = ['429', '500', '503']
// Every operation is called without a token, and with one that lacks its scopes: no rows for those.
const WITHOUT_LEAVE = ['401', '403']

const titled = (call: Call) => [`${call[0]} ${call[1]} answers ${call[2]}`, call] as const

/** Auth0's envelope of errors, which its document describes only in prose. */
const envelope = (status: number) => ({
  type: 'object',
  required: ['statusCode', 'error', 'message'],
  additionalProperties: false,
  properties: {
    statusCode: { enum: [status] },
    error: { enum: [STATUS_CODES[status]] },
    message: { type: 'string', minLength: 1 },
    errorCode: { type: 'string', pattern: '^[A-Za-z0-9_]+$' },
    attributes: { type: 'object' },
  },
})

const document = readAuth0Document()

describe.runIf(document.isThere)("Auth0's OpenAPI document", () => {
  const kept = new Map<string, string>()
  let server: Reached
  let api: Api
  let narrowToken: string
  beforeAll(async () => {
    server = await reachServer()
    api = await apiOf(server)
    kept.set('audience', `${server.url}/api/v2/`)
    kept.set('con', await firstConnectionId(api))
    narrowToken = await tokenWith('delete:connections')
  })
  afterAll(() => server?.stop())

  function operationOf(method: string, path: string): Operation | undefined {
    const [bare = ''] = path.split('?')
    const matches = (template: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(bare)
    return document.operations.find((one) => one.method === method && matches(one.path))
  }
  const operations = () => document.operations.map((one) => [one.method, one.path, one] as const)

  const filled = (text: string, encode = (id: string) => id): string =>
    text.replace(/\{(\w+)\}/g, (whole, name) => {
      const id = kept.get(name)
      return id === undefined ? whole : encode(id)
    })

  function bodyOf(path: string, body: unknown): Pick<RequestInit, 'body' | 'headers'> {
    if (body === undefined) return {}
    if (typeof body === 'string') return { body, headers: { 'content-type': 'application/x-ndjson' } }
    if (path !== '/jobs/users-imports') {
      return { body: filled(JSON.stringify(body)), headers: { 'content-type': 'application/json' } }
    }
    const form = new FormData()
    form.set('connection_id', filled('{con}'))
    const { users } = body as { users?: unknown }
    if (users !== undefined) form.set('users', new Blob([JSON.stringify(users)]), 'users.json')
    return { body: form }
  }

  async function send(method: string, path: string, init: RequestInit): Promise<Response> {
    return heldFetch(`${server.url}/api/v2${filled(path, encodeURIComponent)}`, { method, ...init })
  }

  /** Holds an answer against the document, and returns its body. */
  async function checked(
    response: Response,
    operation: Operation | undefined,
    departs?: string,
  ): Promise<unknown> {
    const { status } = response
    const text = await response.text()
    if (status === 204) {
      expect(text).toBe('')
      return undefined
    }
    const body: unknown = JSON.parse(text)
    if (operation !== undefined) expect(Object.keys(operation.responses)).toContain(String(status))
    const schema = status < 400 ? operation?.responses[status] : envelope(status)
    if (schema !== undefined)
      expect(document.problems(schema, documented(text, operation)), text).toEqual(
        departs === undefined ? [] : [departs],
      )
    return body
  }

  async function keep(name: string, path: string, body: unknown): Promise<void> {
    const made = (Array.isArray(body) ? body[0] : body) as Record<'id' | 'user_id' | 'client_id', string>
    kept.set(name, made.id ?? made.user_id ?? made.client_id)
    // Later rows find a job at its end.
    if (path.startsWith('/jobs/')) await api.job(kept.get(name) ?? '', 'completed', 'failed')
  }

  test.each(CALLS.map(titled))(
    'P10 the call %s is answered as Auth0’s document says',
    async (_, [method, path, status, body, more = {}]) => {
      const given = bodyOf(path, body)
      const response = await send(method, path, { ...given, headers: { ...api.headers, ...given.headers } })
      expect(response.status, await response.clone().text()).toBe(status)
      const answer = await checked(response, operationOf(method, path), more.departs)
      if (more.keep !== undefined) await keep(more.keep, path, answer)
    },
  )

  test.each(operations())(
    'P10 the operation %s %s answers 401 and 403 as Auth0’s document says',
    async (method, path, operation) => {
      for (const [status, headers] of [
        [401, {}],
        [403, { authorization: `Bearer ${narrowToken}` }],
      ] as const) {
        const response = await send(method, path, { headers })
        expect(response.status).toBe(status)
        await checked(response, operation)
      }
    },
  )

  async function tokenRequest(parameters: Record<string, string>): Promise<Response> {
    const own = { client_id: CLIENT.id, client_secret: CLIENT.secret, audience: `${server.url}/api/v2/` }
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...own, ...parameters })
    return heldFetch(`${server.url}/oauth/token`, { method: 'POST', body })
  }

  async function tokenWith(scope: string): Promise<string> {
    return ((await (await tokenRequest({ scope })).json()) as { access_token: string }).access_token
  }

  test.each([
    [200, 'TokenResponse', {}],
    [200, 'TokenResponse', { scope: 'read:users' }],
    [400, 'ErrorResponse', { grant_type: 'password' }],
    [401, 'ErrorResponse', { client_secret: 'another' }],
    [403, 'ErrorResponse', { audience: 'https://elsewhere.example.com/' }],
  ] as const)('P10 POST /oauth/token answers %i, a %s, to %j', async (status, name, parameters) => {
    const response = await tokenRequest(parameters)
    expect(response.status).toBe(status)
    expect(document.problems(document.token(name), await response.json())).toEqual([])
  })

  test('the calls of this file reach every operation and every status of Auth0’s document', async () => {
    const { paths } = (await (await heldFetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, object>>
    }
    const missing = document.operations.flatMap((operation) => {
      const { method, path } = operation
      if (paths[`/api/v2${path}`]?.[method.toLowerCase()] === undefined)
        return [`${method} ${path}: not served`]
      const called = CALLS.filter((call) => operationOf(call[0], call[1]) === operation).map(
        (call) => call[2],
      )
      return Object.keys(operation.responses)
        .filter((status) => !called.includes(Number(status)))
        .filter((status) => ![...UNPROVOKED, ...WITHOUT_LEAVE].includes(status))
        .map((status) => `${method} ${path}: no row of CALLS has ${status}`)
    })
    expect(missing).toEqual([])
  })

  // A check that cannot fail proves nothing.
  test('the check against Auth0’s document knows its keywords and finds wrong answers', () => {
    const draft4 =
      'type properties required additionalProperties items enum oneOf $ref format pattern minimum'
    const known = `${draft4} minLength maxLength maxProperties`.split(' ')
    const saysNothing = ['default', 'contentMediaType']
    const unknown = [...document.keywords].filter((word) => ![...known, ...saysNothing].includes(word))
    expect(unknown).toEqual([])
    const job = operationOf('GET', '/jobs/x')?.responses['200'] ?? {}
    const right = { id: 'job_1', type: 'users_export', status: 'pending' }
    expect(document.problems(job, right)).toEqual([])
    for (const wrong of [{ ...right, id: 1 }, { ...right, status: undefined }, { ...right, summary: [] }, []])
      expect(document.problems(job, JSON.parse(JSON.stringify(wrong)))).not.toEqual([])
    expect(
      document.problems(envelope(404), { statusCode: 400, error: 'Not Found', message: '' }),
    ).toHaveLength(2)
  })
})
