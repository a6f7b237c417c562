import { Validator } from '@seriousme/openapi-schema-validator'
import { pino } from 'pino'
import { beforeAll, describe, expect, test } from 'vitest'
import { allRoutesApp } from '../fixtures/all-routes-app.ts'
import { newAnswerCheck, type OpenapiDocument } from '../fixtures/openapi-answers.ts'

let document: OpenapiDocument & Record<string, unknown>
beforeAll(async () => {
  const app = await allRoutesApp(pino({ enabled: false }))
  document = (await app.inject({ url: '/openapi.json' })).json()
  await app.close()
})

const operations = () =>
  Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ name: `${verb} ${path}`, ...operation })),
  )

describe('GET /openapi.json', () => {
  test('the OpenAPI document is valid by the schema of OpenAPI 3.1', async () => {
    const validator = new Validator()
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
    const { info, ...broken } = structuredClone(document)
    expect((await new Validator().validate(broken)).valid).toBe(false)
  })

  test('the OpenAPI document has each operation’s name once', () => {
    const names = operations().map(({ operationId }) => operationId)
    expect(new Set(names).size).toBe(names.length)
  })

  test('the OpenAPI document has a schema for each answer with a body, and an example that fits', () => {
    const check = newAnswerCheck(document)
    const wrong = operations().flatMap(({ name, responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) => {
        if (content === undefined) return status === '204' ? [] : [`${name} ${status}: no schema`]
        return Object.entries(content).flatMap(([type, { schema, example }]) => {
          if (type !== 'application/json') return []
          if (example === undefined) return [`${name} ${status}: no example`]
          return check.schemaComplaints(schema, example).map((text) => `${name} ${status}: ${text}`)
        })
      }),
    )
    expect(wrong).toEqual([])
  })

  test('the OpenAPI document has the parameters that an operation reads, such as fields of a connection', () => {
    const operation: unknown = document.paths['/api/v2/connections/{id}']?.['get'] ?? {}
    const { parameters } = operation as { parameters: { name: string }[] }
    expect(parameters.map(({ name }) => name)).toEqual(['id', 'fields', 'include_fields'])
  })
})

// A check that cannot fail proves nothing.
test('a check against the OpenAPI document notices an answer that is not as documented', () => {
  const { complaints } = newAnswerCheck(document)
  const type = 'application/json'
  const job = { type: 'users_export', status: 'pending', created_at: '2026-01-01T00:00:00.000Z', id: 'job_1' }
  const answer = { method: 'GET', path: '/api/v2/jobs/job_1', status: 200, type }
  expect(complaints({ ...answer, body: job })).toEqual([])
  expect(complaints({ ...answer, body: { ...job, status: 'done' } })).not.toEqual([])
  expect(complaints({ ...answer, body: { ...job, more: 1 } })).not.toEqual([])
  expect(complaints({ ...answer, body: {} })).not.toEqual([])
  expect(complaints({ ...answer, status: 418, body: {} })).not.toEqual([])
  expect(complaints({ ...answer, type: 'text/plain' })).not.toEqual([])
  expect(complaints({ ...answer, path: '/api/v2/nothing', body: job })).not.toEqual([])
  expect(complaints({ ...answer, path: '/api/v2/jobs/job_1/errors', status: 204, type: '' })).toEqual([])
})
