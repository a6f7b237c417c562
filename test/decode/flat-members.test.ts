import { expect, test } from 'vitest'
import { unflattened } from '../../src/decode/flat-members.ts'

test('a member whose name is a path is placed where the path leads', () => {
  const flat = {
    email: 'a@x.io',
    'identities[0].connection': 'db',
    'app_metadata.plan.name': 'gold',
    'user_metadata["a.b"][1]': 2,
    'user_metadata["a.b"][0]': 1,
  }
  expect(unflattened(flat)).toEqual({
    email: 'a@x.io',
    identities: [{ connection: 'db' }],
    app_metadata: { plan: { name: 'gold' } },
    user_metadata: { 'a.b': [1, 2] },
  })
})

test('a path may lead into an attribute that is given as an object, earlier or later', () => {
  const flat = { 'app_metadata.a': 1, app_metadata: { b: 2 }, 'app_metadata.c': 3 }
  expect(unflattened(flat)).toEqual({ app_metadata: { a: 1, b: 2, c: 3 } })
})

test('an entry whose members contradict one another is refused', () => {
  expect(unflattened({ 'app_metadata.a': 1, app_metadata: { a: 2 } })).toBeUndefined()
  expect(unflattened({ 'app_metadata.a': 1, app_metadata: 5 })).toBeUndefined()
  expect(unflattened({ 'app_metadata.a': 1, 'app_metadata.a.b': 5 })).toBeUndefined()
  expect(unflattened({ 'identities[0]': {}, identities: {} })).toBeUndefined()
})

test('a name that is no path into an attribute stays a name', () => {
  for (const value of [
    { 'https://example.com/claim': 1, 'app_metadata.': 2, 'identities[x]': 3, 'name.first': 4 },
    { app_metadata: { 'a.b': 1 }, locale: 'de' },
    [{ 'app_metadata.a': 1 }],
    'app_metadata.a',
    null,
  ]) {
    expect(unflattened(value)).toEqual(value)
  }
})

test('a gap in an array becomes null, and a position too far away is refused', () => {
  expect(unflattened({ 'user_metadata.a[2]': 1 })).toEqual({ user_metadata: { a: [null, null, 1] } })
  expect(unflattened({ 'user_metadata.a[999999999]': 1 })).toBeUndefined()
})

test('a name of the dashboard is understood if the entry’s members identify the user', () => {
  const flat = {
    Id: 'auth0|1',
    Nickname: 'n',
    Name: 'N',
    email: 'a@x.io',
    Connection: 'db',
    'Created At': '2022-04-26T00:07:05.098Z',
    'Email Verified': true,
  }
  expect(unflattened(flat)).toEqual({
    user_id: 'auth0|1',
    nickname: 'n',
    name: 'N',
    email: 'a@x.io',
    identities: [{ connection: 'db' }],
    created_at: '2022-04-26T00:07:05.098Z',
    email_verified: true,
  })
  expect(unflattened({ Email: 'a@x.io', Name: 'N', name: 'n' })).toEqual({
    email: 'a@x.io',
    Name: 'N',
    name: 'n',
  })
  for (const value of [{ Name: 'N' }, { Id: 1, user_id: 'auth0|1', Email: 2, email: 'a@x.io', Name: 'N' }]) {
    expect(unflattened(value)).toEqual(value)
  }
})

test('a member in a users file never changes a prototype', () => {
  const flat = JSON.parse(
    '{"app_metadata.__proto__.admin":true,"user_metadata.constructor.prototype.admin":true,"__proto__":{"x":1}}',
  )
  const text = JSON.stringify(unflattened(flat))
  expect(JSON.parse(text)).toEqual(
    JSON.parse(
      '{"__proto__":{"x":1},"app_metadata":{"__proto__":{"admin":true}},"user_metadata":{"constructor":{"prototype":{"admin":true}}}}',
    ),
  )
  expect(text).toContain('"app_metadata":{"__proto__":{"admin":true}}')
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
})
