import { expect, test } from 'vitest'
import type { Json } from '../../src/domain/json.ts'
import { usernameOptionsProblem, usernameProblem } from '../../src/users/username.ts'

const code = (username: string, options = {}, strategy = 'auth0') =>
  usernameProblem(username, { id: 'con_0', name: 'Users', strategy, options })?.code

const limited = (min: Json, max?: Json) => ({
  validation: { username: { min, ...(max === undefined ? {} : { max }) } },
})

test('a username has the letters that Auth0 documents and does not look like an e-mail address', () => {
  for (const sound of ['ada', 'ADA9', "a@^$.!`-#+'~_", 'v1@example', '@'])
    expect([sound, code(sound)]).toEqual([sound, undefined])
  for (const odd of ['jörg', 'a b', 'a/b', 'a|b', 'a\n', 'ａ', '\u212A'])
    expect([odd, code(odd)]).toEqual([odd, 'PATTERN'])
  expect(code('v1@example.com')).toBe('FORMAT')
})

test('a username has 1 to 15 characters, or as many as the connection allows', () => {
  expect([code(''), code('x'.repeat(15)), code('x'.repeat(16))]).toEqual([
    'MIN_LENGTH',
    undefined,
    'MAX_LENGTH',
  ])
  const options = limited(3, 20)
  expect([code('xx', options), code('xxx', options)]).toEqual(['MIN_LENGTH', undefined])
  expect([code('x'.repeat(20), options), code('x'.repeat(21), options)]).toEqual([undefined, 'MAX_LENGTH'])
})

test('a username of another provider may have any letters', () => {
  expect(code('CORP\\Jörg', {}, 'ad')).toBeUndefined()
})

test('wrong limits of usernames are refused, and stored wrong limits are ignored', () => {
  for (const [min, max] of [
    [5, 3],
    ['1', '20'],
    [0, 5],
    [1, 129],
    [1.5, 3],
    [null, 3],
  ] as const) {
    expect(usernameOptionsProblem(limited(min, max))).toMatch(/^Expected whole numbers min and max/)
    expect([code('x', limited(min, max)), code('x'.repeat(16), limited(min, max))]).toEqual([
      undefined,
      'MAX_LENGTH',
    ])
  }
  expect(usernameOptionsProblem({ validation: { username: 'short' } })).toBeDefined()
  for (const fine of [
    {},
    { validation: null },
    { validation: { username: null } },
    limited(1, 128),
    limited(3),
  ])
    expect(usernameOptionsProblem(fine)).toBeUndefined()
})
