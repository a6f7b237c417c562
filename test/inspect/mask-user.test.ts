import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import { ATTRIBUTE_NAMES } from '../../src/domain/profile.ts'
import { maskUser } from '../../src/inspect/mask-user.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

test('a masked profile shows the kind of each value', () => {
  const user = {
    user_id: 'auth0|3f1B',
    email: 'Ada.Lovelace@example.com',
    name: 'Ädä Łovelace 😀',
    blocked: false,
    logins_count: 42,
    created_at: '2026-01-31T12:34:56.789Z',
    user_metadata: { team: ['blue', 7], 'Ada Lovelace': true, address2: null },
    identities: [
      {
        user_id: 'g-1',
        provider: 'google',
        connection: 'google',
        isSocial: true,
        profileData: { sub: 'Ada' },
      },
    ],
    multifactor: ['totp'],
    plan: 'pro',
  }
  expect(maskUser(user)).toEqual({
    user_id: 'auth0|9x9X',
    email: 'Xxx.Xxxxxxxx@xxxxxxx.xxx',
    name: 'Xxx Xxxxxxxx ?',
    blocked: false,
    logins_count: 99,
    created_at: '2026-01-31T99:99:99.999Z',
    user_metadata: { team: ['xxxx', 9], 'Xxx Xxxxxxxx': true, address2: null },
    identities: [
      {
        user_id: 'x-9',
        provider: 'google',
        connection: 'google',
        isSocial: true,
        profileData: { sub: 'Xxx' },
      },
    ],
    multifactor: ['totp'],
    plan: 'xxx',
  })
})

test('a long text is cut', () => {
  const { name } = maskUser({ name: 'x'.repeat(5_000) })
  expect(name).toBe(`${'x'.repeat(40)}…`)
})

test('no letter and no digit of a value of a person is left', () => {
  const shown = ['identities', 'multifactor', 'created_at', 'updated_at', 'last_login', 'user_id']
  const names = ATTRIBUTE_NAMES.filter((name) => !shown.includes(name) && !name.includes('last'))
  const text = fc.string({ unit: 'grapheme' })
  const value = fc.oneof(
    text,
    fc.integer(),
    fc.array(text),
    fc.dictionary(fc.constant('key'), fc.jsonValue()),
  )
  const users = fc.dictionary(fc.constantFrom(...names), value)
  fc.assert(
    fc.property(users, (user) => {
      for (const masked of Object.values(maskUser(user as JsonObject)))
        for (const each of valuesIn(masked)) expect(String(each)).not.toMatch(/[^xX9\P{L}]|(?!9)\p{N}/u)
    }),
    propertyRuns(200),
  )
})

function valuesIn(value: unknown): readonly (string | number)[] {
  if (typeof value === 'string' || typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(valuesIn) : []
}
