import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import { ATTRIBUTES } from '../../src/domain/profile.ts'
import { layeredProfile, newProfile } from '../../src/users/new-profile.ts'

const now = new Date('2026-01-02T03:04:05.006Z')
const connection = { id: 'con_0123456789abcdef', name: 'Users', strategy: 'auth0', options: {} }
const made = (given: JsonObject, preserve = false) => newProfile(given, { connection, now, preserve })

test('a new user with only an address gets the attributes that Auth0 derives from the address', () => {
  const { user_id, identities, ...rest } = made({ email: 'Ada.L@Example.COM' })
  expect(user_id).toMatch(/^auth0\|[0-9a-f]{24}$/)
  expect(identities).toEqual([
    { connection: 'Users', user_id: user_id.slice(6), provider: 'auth0', isSocial: false },
  ])
  const gravatar = createHash('md5').update('ada.l@example.com').digest('hex')
  expect(rest).toEqual({
    email: 'ada.l@example.com',
    email_verified: false,
    name: 'ada.l@example.com',
    nickname: 'ada.l',
    picture: `https://s.gravatar.com/avatar/${gravatar}?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fad.png`,
    created_at: '2026-01-02T03:04:05.006Z',
    updated_at: '2026-01-02T03:04:05.006Z',
  })
})

test('a new user keeps all given values, except that addresses and usernames become lower case', () => {
  const given = {
    email_verified: true,
    username: 'ADA',
    name: 'Ada',
    nickname: 'A',
    picture: 'p',
    blocked: false,
    user_metadata: {},
    locale: 'en',
  }
  expect(made({ email: 'a@x.io', ...given })).toMatchObject({ ...given, username: 'ada' })
})

test('the prefix is always added to a given id, but not twice if the import preserves', () => {
  expect(made({ user_id: '1' }).user_id).toBe('auth0|1')
  expect(made({ user_id: 'auth0|1' }).user_id).toBe('auth0|auth0|1')
  expect(made({ user_id: 'auth0|1' }, true).user_id).toBe('auth0|1')
  expect(made({ user_id: '1' }, true).identities[0]?.user_id).toBe('1')
  expect(made({ user_id: '' }).user_id).toMatch(/^auth0\|[0-9a-f]{24}$/)
})

test('a whole id is taken unchanged where exported users are accepted', () => {
  const whole = (given: JsonObject, preserve: boolean) =>
    newProfile(given, { connection, now, preserve, takesWholeIds: true }).user_id
  expect([whole({ user_id: 'auth0|1' }, false), whole({ user_id: '1' }, false)]).toEqual([
    'auth0|1',
    'auth0|1',
  ])
  expect(whole({ user_id: 'github|1' }, false)).toBe('auth0|github|1')
  const identities = [{ connection: 'x', user_id: 1, provider: 'github', isSocial: true }]
  expect(whole({ user_id: 'github|1', identities }, true)).toBe('github|1')
  expect(whole({ user_id: 'github|2', identities }, true)).toBe('auth0|github|2')
})

test('an import with preserve adds nothing to a user but ids and times', () => {
  const { user_id, identities, created_at, updated_at, ...rest } = made({ email: 'a@x.io' }, true)
  expect(rest).toEqual({ email: 'a@x.io' })
})

test('an import with preserve keeps times, counters and identities, and writes timestamps in UTC with milliseconds', () => {
  const identities = [{ connection: 'x', user_id: 1, provider: 'github', isSocial: true }]
  const given = { email: 'a@x.io', created_at: '2020-01-01T02:00:00+02:00', logins_count: 3, identities }
  expect(made(given, true)).toMatchObject({
    created_at: '2020-01-01T00:00:00.000Z',
    updated_at: now.toISOString(),
    logins_count: 3,
    identities,
  })
})

test('the attributes of a profile have a fixed order, with unknown ones last and unset ones omitted', () => {
  const order = Object.keys(ATTRIBUTES)
  const name = fc.oneof(fc.constantFrom(...order), fc.string(), fc.constant('__proto__'))
  const layer = fc.dictionary(name, fc.oneof(fc.constant(null), fc.integer()), { noNullPrototype: true })
  fc.assert(
    fc.property(fc.array(layer, { maxLength: 3 }), (layers) => {
      const profile = layeredProfile(layers)
      const keys = Object.keys(profile)
      const known = keys.filter((key) => order.includes(key))
      // Integer-like keys come first in any JavaScript object.
      expect(keys.filter((key) => order.includes(key))).toEqual(order.filter((key) => known.includes(key)))
      for (const key of new Set(layers.flatMap((one) => Object.keys(one)))) {
        const first = layers.find((one) => Object.hasOwn(one, key))?.[key]
        expect(Object.hasOwn(profile, key) ? profile[key] : null).toBe(first)
      }
    }),
  )
})
