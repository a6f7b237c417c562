import { describe, expect, test } from 'vitest'
import { checkImported, type ImportCheck } from '../../src/users/check-import.ts'
import { newProfile } from '../../src/users/new-profile.ts'

const stream = { preserve: false, isStrict: false }
const preserve = { preserve: true, isStrict: false }
const form = { preserve: false, isStrict: true }

function told(user: object, check: ImportCheck): unknown {
  const checked = checkImported({ email: 'a@x.io', ...user }, check)
  if ('errors' in checked) return checked.errors.map(({ code, path }) => `${code} ${path}`)
  const { email, ...given } = checked.given
  const leftOut = checked.leftOut?.map(({ code, path, message }) => `${code} ${path} ${message}`)
  return leftOut === undefined ? given : { given, leftOut }
}

describe.each(['email_verified', 'phone_verified', 'blocked'])('a text as %s', (name) => {
  test('a stream reads the texts true and false as booleans', () => {
    for (const check of [stream, preserve]) {
      expect(told({ [name]: 'true' }, check)).toEqual({ [name]: true })
      expect(told({ [name]: 'False' }, check)).toEqual({ [name]: false })
    }
    expect(told({ [name]: 'true' }, form)).toEqual([`INVALID_TYPE #/${name}`])
  })

  test('a preserved user loses any other text with a report, and a new user is refused', () => {
    expect(told({ [name]: '' }, preserve)).toEqual({
      given: {},
      leftOut: [`LEFT_OUT #/${name} An empty text is no value`],
    })
    expect(told({ [name]: 'b3@example.com', locale: 'sv' }, preserve)).toEqual({
      given: { locale: 'sv' },
      leftOut: [`LEFT_OUT #/${name} Expected true or false but found "b3@example.com"`],
    })
    for (const check of [stream, form])
      expect(told({ [name]: 'yes' }, check)).toEqual([`INVALID_TYPE #/${name}`])
  })

  test('a timestamp as the text is refused', () => {
    for (const check of [stream, preserve, form])
      expect(told({ [name]: '2020-01-01T00:00:00Z' }, check)).toEqual([`INVALID_TYPE #/${name}`])
  })
})

test('a null is ignored in a stream, and refused in a form because of its type', () => {
  const caller = [
    'username',
    'phone_number',
    'name',
    'blocked',
    'user_metadata',
    'password_hash',
    'mfa_factors',
  ]
  const server = ['last_login', 'logins_count', 'created_at', 'identities', 'multifactor', 'last_ip']
  const nulls = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, null]))
  for (const check of [stream, preserve]) expect(told(nulls([...caller, ...server]), check)).toEqual({})
  for (const name of caller) expect(told({ [name]: null }, form)).toEqual([`INVALID_TYPE #/${name}`])
  expect(told({ email: null, username: null }, preserve)).toEqual(['ANY_OF_MISSING #/'])
  const identity = { provider: 'waad', connection: 'c', user_id: '1', isSocial: false }
  const withNull = { identities: [{ ...identity, profileData: null }] }
  expect(told(withNull, preserve)).toEqual({ identities: [identity] })
  // Metadata is the customer's: null is a value there.
  expect(told({ username: null, user_metadata: { a: null } }, preserve)).toEqual({
    user_metadata: { a: null },
  })
})

test('a preserved user keeps what a provider gave, of any length and with any letters', () => {
  const provided = {
    email: 'jane at corp',
    username: 'CORP\\Jane Döe',
    phone_number: '(030) 12-34',
    user_id: 'samlp|corp|Jane Doe',
    nickname: 'k'.repeat(350),
    name: 'n'.repeat(5000),
    given_name: 'g'.repeat(151),
    family_name: 'f'.repeat(151),
    picture: 'no URI',
  }
  const { email, ...rest } = provided
  expect(told(provided, preserve)).toEqual(rest)
  for (const [name, value] of Object.entries(provided).filter(([name]) => name !== 'picture'))
    for (const check of [stream, form])
      if (name !== 'username' && (name !== 'nickname' || check === form))
        expect([name, told({ [name]: value }, check)]).toEqual([name, [expect.stringContaining(`#/${name}`)]])
})

test('a preserved user loses an empty address, username or number, with a report', () => {
  expect(told({ user_id: 'auth0|1', username: '', phone_number: '', name: '' }, preserve)).toEqual({
    given: { user_id: 'auth0|1', name: '' },
    leftOut: ['username', 'phone_number'].map((name) => `LEFT_OUT #/${name} An empty text is no value`),
  })
})

test('a preserved user gets no attributes that the file does not give', () => {
  const connection = { id: 'con_0', name: 'ldap', strategy: 'ad', options: {} }
  const given = { user_id: 'ad|ldap|5f3a', email: 'k@x.io', phone_number: '+1' }
  const { identities, created_at, updated_at, ...rest } = newProfile(given, {
    connection,
    now: new Date(0),
    preserve: true,
  })
  expect(rest).toEqual(given)
})
