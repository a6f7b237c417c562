import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import { IMPORTED_NAMES } from '../../src/domain/profile.ts'
import { checkImported } from '../../src/users/check-import.ts'

const email = 'a@example.com'
const CHECKS = [
  { isStrict: false, preserve: false },
  { isStrict: false, preserve: true },
  { isStrict: true, preserve: false },
  { isStrict: true, preserve: true },
] as const

describe.each(CHECKS)('a member of a user, checked with %j', (check) => {
  const checked = (members: JsonObject) => checkImported({ email, ...members }, check)
  const messages = (members: JsonObject): readonly string[] => {
    const found = checked(members)
    return 'errors' in found ? found.errors.map(({ message }) => message) : []
  }

  test.each([
    ['Email', 'Additional properties not allowed: "Email": email was probably meant'],
    [' name', 'Additional properties not allowed: " name": name was probably meant'],
    ['name\u00a0', 'Additional properties not allowed: "name\\u00a0": name was probably meant'],
    ['\u200bblocked', 'Additional properties not allowed: "\\u200bblocked": blocked was probably meant'],
    ['USER_METADATA', 'Additional properties not allowed: "USER_METADATA": user_metadata was probably meant'],
    ['', 'Additional properties not allowed: "": a member needs a name'],
    [' \u200b', 'Additional properties not allowed: " \\u200b": a member needs a name'],
    ['mfaFactors', 'Additional properties not allowed: "mfaFactors": mfa_factors was probably meant'],
    ['pasword_hash', 'Additional properties not allowed: "pasword_hash": password_hash was probably meant'],
  ])('a member called %j is refused with the name that was probably meant', (name, message) => {
    expect(messages({ [name]: 'x' })).toContain(message)
  })

  test('a member with a known name in capitals or with blanks is refused', () => {
    const written = fc.tuple(
      fc.constantFrom(...IMPORTED_NAMES),
      fc.constantFrom(
        (name: string) => name.toUpperCase(),
        (name: string) => `${name} `,
        (name: string) => `\ufeff${name}`,
      ),
    )
    fc.assert(
      fc.property(written, ([name, how]) => {
        expect(checked({ [how(name)]: 'x' })).toHaveProperty('errors')
      }),
    )
  })

  test.each([
    ['createdAt', 'created_at'],
    ['last-login', 'last_login'],
    ['Last Login', 'last_login'],
    ['emial', 'email'],
    ['emails', 'email'],
    ['locale', undefined],
    ['_id', undefined],
    ['tenant', undefined],
    ['_tmp_is_unique', undefined],
  ])('a member called %s is stored and reported', (name, meant) => {
    expect(checked({ [name]: 'x' })).toEqual({
      given: { email, [name]: 'x' },
      remarks: [{ kind: 'foreign_attribute', name, ...(meant && { meant }) }],
    })
  })
})
