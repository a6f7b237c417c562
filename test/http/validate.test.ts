import { describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { readJson } from '../../src/domain/read-json.ts'
import { Refusal } from '../../src/domain/refusal.ts'
import { messageOf } from '../../src/http/refusal-sentence.ts'
import { validateBody, validateQuery } from '../../src/http/validate.ts'
import { readSources } from '../tidy/sources.ts'

function refusalOf(work: () => unknown): { code: string; message: string } {
  try {
    work()
  } catch (error) {
    if (error instanceof Failure) return { code: error.code, message: messageOf(error) }
    throw error
  }
  throw new Error('it was taken')
}

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['first'],
  properties: {
    first: { type: 'string', description: 'The first one. Must be `a`.', enum: ['a'] },
    second: { type: 'integer', minimum: 1 },
    third: { type: 'object', properties: { inner: { type: 'array', items: { type: 'string' } } } },
  },
}

describe('validation of a body', () => {
  test('a wrong body is refused even if the error quotes an exact number', () => {
    const body = readJson('{"first":{"n":17841461234567891,"list":[1.50]}}')
    expect(refusalOf(() => validateBody(schema, body)).code).toBe('body_invalid')
  })

  test.each([
    [[], "'Expected type object but found type array'."],
    [{}, "'Missing required property: first'."],
    [{ first: 'a', other: 1 }, "'Additional properties not allowed: other'."],
    [{ first: 'b' }, "'No enum match for: b' on property first (The first one. Must be `a`)."],
    [{ first: 'a', second: 0 }, "'Value 0 is less than minimum 1' on property second."],
    [
      { first: 'a', third: { inner: ['x', 1] } },
      "'Expected type string but found type integer' on property third.inner[1].",
    ],
  ])('the body %j is refused in one sentence that says what is wrong and where', (body, words) => {
    expect(refusalOf(() => validateBody(schema, body))).toEqual({
      code: 'body_invalid',
      message: `Payload validation error: ${words}`,
    })
  })

  test('a body with several errors gets all of them, the last property first', () => {
    expect(refusalOf(() => validateBody(schema, { first: 'b', second: 0 })).message).toBe(
      "Payload validation error: 'Value 0 is less than minimum 1' on property second. (also) " +
        "Payload validation error: 'No enum match for: b' on property first (The first one. Must be `a`).",
    )
  })

  test('a valid body is returned unchanged', () => {
    const body = { first: 'a', third: { inner: [] } }
    expect(validateBody(schema, body)).toBe(body)
  })
})

describe('validation of a query', () => {
  const query = {
    type: 'object',
    properties: {
      page: { type: 'integer', minimum: 0 },
      include: { type: 'boolean' },
      kind: { type: 'array', items: { type: 'string' } },
    },
  }

  test('a query is read as numbers, booleans and lists, and may have unknown parameters', () => {
    expect(validateQuery(query, { page: '2', include: 'false', kind: 'x', other: '1' })).toEqual({
      page: 2,
      include: false,
      kind: ['x'],
    })
    expect(validateQuery(query, { kind: ['x', 'y'] })).toEqual({ kind: ['x', 'y'] })
    expect(validateQuery(query, undefined)).toEqual({})
  })

  test('a query whose texts are no numbers or booleans is refused in Auth0’s words for queries', () => {
    expect(refusalOf(() => validateQuery(query, { page: '-1' }))).toEqual({
      code: 'query_invalid',
      message: "Query validation error: 'Value -1 is less than minimum 0' on property page.",
    })
    for (const page of ['', 'two', '1.5', '1e3', ' 1', '9'.repeat(400)]) {
      expect(refusalOf(() => validateQuery(query, { page })).code, page).toBe('query_invalid')
    }
    expect(refusalOf(() => validateQuery(query, { include: 'yes' })).code).toBe('query_invalid')
    expect(refusalOf(() => validateQuery(query, { page: ['1', '2'] })).code).toBe('query_invalid')
  })
})

test('a refusal is one sentence that says what is wrong, where, what was found, and what to do', () => {
  const refused = { problem: 'Too long', property: 'a.b', about: 'The b', hint: 'Make it shorter.' }
  expect(messageOf(new Refusal('query_invalid', refused))).toBe(
    "Query validation error: 'Too long' on property a.b (The b). Make it shorter.",
  )
  for (const { path, text } of readSources('src'))
    if (/(Payload|Query) validation error/.test(text)) expect(path).toBe('src/http/refusal-sentence.ts')
})
