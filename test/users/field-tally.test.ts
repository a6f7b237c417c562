import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fieldPathText, parseFieldName } from '../../src/domain/field-path.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { ATTRIBUTE_NAMES } from '../../src/domain/profile.ts'
import { readJson } from '../../src/domain/read-json.ts'
import { newFieldTally, type TalliedField } from '../../src/users/field-tally.ts'
import { valueAtPath } from '../fixtures/export-harness.ts'
import { anyKey, givenWith } from '../fixtures/nasty-profiles.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

function talliedOf(...users: readonly JsonObject[]) {
  const tally = newFieldTally()
  for (const user of users) tally.add(user, [])
  return tally.fields()
}

function fieldOf(name: string, ...users: readonly JsonObject[]): TalliedField | undefined {
  return talliedOf(...users).fields.find((field) => field.name === name)
}

describe('the fields of users', () => {
  test('every attribute of a profile is listed, also one that all users lack', () => {
    const { fields, users } = talliedOf()
    expect(fields.map(({ name }) => name)).toEqual(ATTRIBUTE_NAMES)
    expect(fields.every((field) => field.users === 0)).toBe(true)
    expect(users).toBe(0)
  })

  test('paths are listed with their types, users and an example', () => {
    const one = { email: 'a@x.io', user_metadata: { consent: { given: true }, n: null, tags: ['x', 'y'] } }
    const two = { user_metadata: { n: 5 }, identities: [{ connection: 'Users' }] }
    expect(fieldOf('email', one, two)).toEqual({
      name: 'email',
      types: ['string'],
      users: 1,
      example: 'a@x.io',
    })
    expect(fieldOf('created_at', one)).toMatchObject({ types: ['time'] })
    expect(fieldOf('user_metadata.consent', one)).toMatchObject({ types: ['object'], users: 1 })
    expect(fieldOf('user_metadata.consent.given', one, two)).toEqual({
      name: 'user_metadata.consent.given',
      types: ['boolean'],
      users: 1,
      example: true,
    })
    expect(fieldOf('user_metadata.n', one, two)).toMatchObject({
      types: ['number', 'null'],
      users: 2,
      example: 5,
    })
    expect(fieldOf('user_metadata.tags[0]', one)).toMatchObject({ types: ['string'], example: 'x' })
    expect(fieldOf('user_metadata.tags[1]', one)).toBeUndefined()
    expect(fieldOf('identities[0].connection', two)).toMatchObject({ example: 'Users' })
  })

  test('attributes come first, then what is in them, other attributes, and metadata', () => {
    const user = {
      shoe: 43,
      app_metadata: { b: 1 },
      user_metadata: { a: 1 },
      identities: [{ provider: 'x' }],
    }
    expect(
      talliedOf(user)
        .fields.slice(ATTRIBUTE_NAMES.length)
        .map(({ name }) => name),
    ).toEqual([...['identities[0]', 'identities[0].provider', 'shoe', 'user_metadata.a', 'app_metadata.b']])
  })

  test('a claim is listed under its own name, and another name with dots in quotes', () => {
    const user = { 'https://example.com/dept': 'x', 'company.dept': 'y' }
    expect(fieldOf('https://example.com/dept', user)).toMatchObject({ example: 'x' })
    expect(fieldOf('["company.dept"]', user)).toMatchObject({ example: 'y' })
  })

  test('no example is a secret, and no name that is one is listed', () => {
    const token = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz'
    const user = {
      user_metadata: { password: 'hunter22', pin: 1234, note: token, nested: { api_key: 'k', [token]: 1 } },
      app_metadata: { json: '{"password":"hunter22"}' },
    }
    const text = JSON.stringify(talliedOf(user))
    for (const secret of ['hunter22', '1234', token]) expect(text).not.toContain(secret)
    expect(fieldOf('user_metadata.password', user)).toEqual({
      name: 'user_metadata.password',
      types: ['string'],
      users: 1,
    })
  })

  test('an example is cut at 100 characters and halves none', () => {
    const long = '😀'.repeat(200)
    expect(fieldOf('name', { name: long })?.example).toBe(`${'😀'.repeat(100)}…`)
    expect(fieldOf('name', { name: 'x'.repeat(100) })?.example).toBe('x'.repeat(100))
  })

  test('exact numbers stay exact in examples', () => {
    const user = readJson('{"user_metadata":{"n":17841461234567891}}') as JsonObject
    expect(String(fieldOf('user_metadata.n', user)?.example)).toBe('17841461234567891')
  })

  test('fields are bounded, the most common ones stay, and the others are counted', () => {
    const ids = Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`id${at}`, at]))
    const { fields, leftOut } = talliedOf(
      { user_metadata: { ...ids, plan: 'a' } },
      { user_metadata: { plan: 'b' } },
    )
    expect(fields).toHaveLength(1_000)
    expect(fields.map(({ name }) => name)).toContain('user_metadata.plan')
    expect(fields.slice(0, ATTRIBUTE_NAMES.length).map(({ name }) => name)).toEqual(ATTRIBUTE_NAMES)
    expect(leftOut).toBe(ATTRIBUTE_NAMES.length + 2_001 - 1_000)
  })

  test('a name that an export would refuse for its length is left out', () => {
    const { fields, leftOut } = talliedOf({ user_metadata: { ['x'.repeat(100)]: 1 } })
    expect(fields).toHaveLength(ATTRIBUTE_NAMES.length)
    expect(leftOut).toBe(1)
  })

  test('an object that was not read counts as one that the user has', () => {
    const tally = newFieldTally()
    tally.add({}, ['user_metadata'])
    expect(tally.fields().fields.find(({ name }) => name === 'user_metadata')).toEqual({
      name: 'user_metadata',
      types: ['object'],
      users: 1,
    })
  })

  test('each name leads an export to the value that was met', () => {
    fc.assert(
      fc.property(givenWith(anyKey), (user) => {
        for (const { name, users, types } of talliedOf(user).fields) {
          const path = parseFieldName(name)
          if ('problem' in path) throw new Error(`${name}: ${path.problem}`)
          const own =
            path.whole === undefined ? undefined : valueAtPath(user, { root: path.whole, steps: [] })
          const value = own === undefined ? valueAtPath(user, path) : own
          expect(value !== undefined, `${name} of ${fieldPathText(path)}`).toBe(users === 1)
          if (value === null) expect(types).toContain('null')
        }
      }),
      propertyRuns(300),
    )
  })
})
