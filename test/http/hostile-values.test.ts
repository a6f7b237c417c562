import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ALL_SCOPES } from '../../src/tokens/scopes.ts'
import { allRoutesApp } from '../fixtures/all-routes-app.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly required?: readonly string[]
}

interface Operation {
  readonly parameters?: readonly { name: string; in: string }[]
  readonly requestBody?: { content: Record<string, { schema: Schema }> }
}

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
/** JSON texts, since some of them are nothing that JSON.stringify would write. */
const HOSTILE: readonly string[] = [
  'null',
  'true',
  '0',
  '-1',
  '1e999',
  '12345678901234567890',
  '1e-400',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"a\\ud800@example.com"',
  '"\\udc00.@\\ud800"',
  '"%ED%A0%80"',
  '"%"',
  '"../../etc/passwd"',
  '"__proto__"',
  `"${'x'.repeat(70_000)}"`,
  `"${'a@'.repeat(10_000)}"`,
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '[{}]',
  '{"__proto__":1}',
  '{"constructor":{"prototype":1}}',
  '{"a\\ud800":1}',
  '{"toString":1,"hasOwnProperty":1}',
  deep(101),
  deep(5000),
  deep(20_000),
  `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
]

let app: FastifyInstance
let paths: Record<string, Record<string, Operation>>
beforeAll(async () => {
  app = await allRoutesApp(pino({ enabled: false }))
  paths = (await app.inject({ url: '/openapi.json' })).json().paths
})
afterAll(() => app.close())

const authorization = `Bearer ${[...ALL_SCOPES, 'update:current_user_metadata'].join(' ')}`

async function complaintOf(method: string, url: string, body?: { type: string; text: string }) {
  const headers = { authorization, ...(body === undefined ? {} : { 'content-type': body.type }) }
  const response = await app.inject({
    method: method.toUpperCase() as 'GET',
    url,
    headers,
    ...(body === undefined ? {} : { payload: body.text }),
  })
  if (response.statusCode !== 500) return []
  return [`${method} ${url.slice(0, 100)} ${body?.text.slice(0, 200) ?? ''}`]
}

/** Every place of a schema, as a text around which a value is put. */
function placesIn(schema: Schema): ((value: string) => string)[] {
  const { properties = {}, items } = schema
  const inside = Object.entries(properties).flatMap(([name, property]) => {
    const wrap = (value: string) => `{${JSON.stringify(name)}:${value}}`
    return placesIn(property).map((place) => (value: string) => wrap(place(value)))
  })
  const inItems =
    items === undefined ? [] : placesIn(items).map((place) => (value: string) => `[${place(value)}]`)
  return [(value) => value, ...inside, ...inItems]
}

test('a hostile value in any member of any body never causes a server error', {
  timeout: 120_000,
}, async () => {
  const complaints: string[] = []
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { requestBody }] of Object.entries(operations)) {
      const url = path.replace('{id}', 'auth0%7C1')
      for (const [type, { schema }] of Object.entries(requestBody?.content ?? {})) {
        if (!type.includes('json') && !type.includes('urlencoded')) continue
        for (const place of placesIn(schema))
          for (const value of HOSTILE)
            complaints.push(
              ...(await complaintOf(method, url, { type: 'application/json', text: place(value) })),
            )
      }
    }
  }
  expect(complaints).toEqual([])
})

test('a hostile value in any query or path parameter never causes a server error', {
  timeout: 120_000,
}, async () => {
  const values = HOSTILE.map((text) => {
    const value: unknown = text.startsWith('"') ? JSON.parse(text) : text
    return encodeURIComponent(Buffer.from(String(value).slice(0, 8000)).toString())
  })
  const complaints: string[] = []
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { parameters = [] }] of Object.entries(operations)) {
      for (const value of [...values, '%ED%A0%80', '%', '%C0%80', '%zz']) {
        const at = path.replace('{id}', value.slice(0, 500) || 'x').replace('{object}', value)
        complaints.push(...(await complaintOf(method, at)))
        for (const { name } of parameters.filter((parameter) => parameter.in === 'query')) {
          const url = path.replace('{id}', 'x')
          complaints.push(...(await complaintOf(method, `${url}?${name}=${value}`)))
          complaints.push(...(await complaintOf(method, `${url}?${name}=a&${name}=${value}`)))
          complaints.push(...(await complaintOf(method, `${url}?${name}[a]=${value}`)))
        }
      }
    }
  }
  expect(complaints).toEqual([])
})

test('an e-mail address with half of a surrogate pair is refused, and the error names the member', async () => {
  const response = await app.inject({
    method: 'PATCH',
    url: '/api/v2/users/x',
    headers: { authorization, 'content-type': 'application/json' },
    payload: '{"email":"a\\ud800@example.com"}',
  })
  expect(response.json()).toMatchObject({
    statusCode: 400,
    errorCode: 'invalid_body',
    message:
      "Payload validation error: 'This cannot be stored: text holds half of a surrogate pair at position 1' on property email.",
  })
})
