import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WRITE_SCOPES } from '../../src/http/member-scopes.ts'
import { ALL_SCOPES } from '../../src/tokens/scopes.ts'
import { allRoutesApp } from '../fixtures/all-routes-app.ts'

/** What Auth0 documents: of each endpoint that writes, the scopes of which one will do, and members for which others do. */
const DOCUMENTED: Readonly<Record<string, { all: string[]; members?: Record<string, string[]> }>> = {
  'post /api/v2/users': { all: ['create:users'] },
  'patch /api/v2/users/{id}': {
    all: ['update:users'],
    members: { app_metadata: ['update:users', 'update:users_app_metadata'] },
  },
  'post /api/v2/clients': { all: ['create:clients'] },
  'patch /api/v2/clients/{id}': {
    all: ['update:clients'],
    members: { client_secret: ['update:client_keys'] },
  },
  'post /api/v2/clients/{id}/rotate-secret': { all: ['update:client_keys'] },
  'post /api/v2/client-grants': { all: ['create:client_grants'] },
  'patch /api/v2/client-grants/{id}': { all: ['update:client_grants'] },
  'post /api/v2/connections': { all: ['create:connections'] },
  'patch /api/v2/connections/{id}': { all: ['update:connections'] },
  'post /api/v2/jobs/users-exports': { all: ['read:users'] },
  // Muster's own member, for which a token needs both.
  'post /api/v2/jobs/users-imports': { all: ['create:users'], members: { preserve: [] } },
  'post /api/v2/jobs/verification-email': { all: ['update:users'] },
}

const SCOPES = [...ALL_SCOPES, 'update:current_user_metadata', 'read:current_user']

interface Operation {
  readonly security?: readonly { bearerAuth: readonly string[] }[]
  readonly requestBody?: { content: Record<string, { schema: Schema }> }
  readonly parameters?: readonly { name: string; in: string; schema: Schema }[]
}

interface Schema {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

const CONNECTION_ID = 'con_0123456789abcdef'
const SAMPLES: Readonly<Record<string, unknown>> = {
  phone_number: '+4912345',
  connection_id: CONNECTION_ID,
  strategy: 'auth0',
  audience: 'https://muster.example/api/v2/',
  scope: ['read:users'],
  client_secret: 'a secret of any kind',
  since: '2025-12-31T00:00:00Z',
  picture: 'https://example.com/a.png',
  fields: [{ name: 'email' }],
  csv: { guard: 'none' },
  identity: { user_id: '1', provider: 'auth0' },
  format: 'csv',
  delimiter: ';',
  columns: 'email',
}

function sampleOf(name: string, { type, format, enum: choices }: Schema): unknown {
  if (Object.hasOwn(SAMPLES, name)) return SAMPLES[name]
  if (choices !== undefined) return choices[0]
  if (format === 'email') return 'ada@example.com'
  const [kind] = [type].flat()
  return { boolean: true, integer: 1, array: [], object: {}, string: 'a' }[String(kind)]
}

let app: FastifyInstance
let paths: Record<string, Record<string, Operation>>
beforeAll(async () => {
  app = await allRoutesApp(pino({ enabled: false }))
  paths = (await app.inject({ url: '/openapi.json' })).json().paths
})
afterAll(() => app.close())

async function send(endpoint: string, scope: string, members: Record<string, unknown>) {
  const [method = '', path = ''] = endpoint.split(' ')
  const isImport = endpoint.endsWith('users-imports')
  const query = isImport
    ? `?${new URLSearchParams(Object.entries(members).map(([name, value]): [string, string] => [name, String(value)]))}`
    : ''
  const response = await app.inject({
    method: method.toUpperCase() as 'POST',
    url: `${path.replace('{id}', 'auth0%7C1')}${query}`,
    headers: { authorization: `Bearer ${scope}`, 'content-type': isImport ? 'text/csv' : 'application/json' },
    payload: isImport ? 'email\n' : JSON.stringify(members),
  })
  return { status: response.statusCode, body: response.json() }
}

/** Names that an endpoint takes, and how each looks. */
function membersOf(endpoint: string): { all: Record<string, Schema>; required: readonly string[] } {
  const [method = '', path = ''] = endpoint.split(' ')
  const operation = paths[path]?.[method]
  if (endpoint.endsWith('users-imports')) {
    const query = (operation?.parameters ?? []).filter((parameter) => parameter.in === 'query')
    const all = Object.fromEntries(query.map(({ name, schema }) => [name, schema]))
    return { all, required: ['connection_id', 'format'] }
  }
  const { properties = {}, required = [] } = operation?.requestBody?.content['application/json']?.schema ?? {}
  return { all: properties, required }
}

test('the table of member scopes has every endpoint that writes', () => {
  const writing = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method, { security }]) => /^(post|patch|put)$/.test(method) && security?.[0] !== undefined)
      // They take the body of an export, and only read.
      .filter(() => !/\/users-exports\/(count|preview)$/.test(path))
      .map(([method, { security }]) => [`${method} ${path}`, security?.[0]?.bearerAuth]),
  )
  const guards = Object.entries(WRITE_SCOPES).map(([endpoint, { guard }]) => [endpoint, guard])
  expect(Object.fromEntries(writing)).toEqual(Object.fromEntries(guards))
  expect(Object.keys(DOCUMENTED).sort()).toEqual(Object.keys(WRITE_SCOPES).sort())
})

describe.each(Object.entries(DOCUMENTED))('%s', (endpoint, documented) => {
  test.each(SCOPES)(
    'a client with only %s changes what Auth0 documents for this scope, and nothing else',
    async (scope) => {
      const { all, required } = membersOf(endpoint)
      for (const [name, schema] of [['', {}] as const, ...Object.entries(all)]) {
        const given = [...required, ...(name === '' ? [] : [name])]
        const members = Object.fromEntries(given.map((key) => [key, sampleOf(key, all[key] ?? schema)]))
        const wanted = given.map((key) => documented.members?.[key] ?? documented.all)
        const isAllowed = wanted.length === 0 ? undefined : wanted.every((scopes) => scopes.includes(scope))
        const { status, body } = await send(endpoint, scope, members)
        const what = `${name}: ${JSON.stringify(body)}`
        if (isAllowed === true) {
          expect([403, 500], what).not.toContain(status)
          expect(body.errorCode, what).not.toMatch(/^invalid_/)
        } else if (isAllowed === false) {
          expect([status, body.errorCode], what).toEqual([403, 'insufficient_scope'])
          expect(body.message, what).toMatch(/^Insufficient scope, expected any of: [a-z:_,]+$/)
        }
      }
    },
  )
})

test('an import with preserve requires both scopes', async () => {
  const query = { connection_id: CONNECTION_ID, preserve: true }
  const both = 'create:users update:users_app_metadata'
  expect((await send('post /api/v2/jobs/users-imports', both, query)).status).toBe(503)
})
