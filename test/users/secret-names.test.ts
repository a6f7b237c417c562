import { describe, expect, test } from 'vitest'
import { newSecretNames } from '../../src/users/secret-names.ts'
import { HARMLESS_NAMES, SECRET_NAMES } from '../fixtures/secret-names.ts'

const names = newSecretNames()
const isSecret = (name: string): boolean => ['secret', 'secrets', 'salt'].includes(names.of(name))

describe('names of secrets', () => {
  test('a secret’s name in another system is always recognized', () => {
    expect(SECRET_NAMES.filter((name) => !isSecret(name))).toEqual([])
  })

  test('a name that only sounds like a secret is accepted', () => {
    expect(HARMLESS_NAMES.filter((name) => isSecret(name) || names.of(name) === 'perhaps')).toEqual([])
  })

  test('a name of any length and any characters is checked', () => {
    for (const name of ['', '_', '💡', '\0', 'x'.repeat(100_000), `${'_'.repeat(100_000)}password`])
      expect([name.length, isSecret(name)]).toEqual([name.length, name.endsWith('password')])
  })

  test('a name is recognized even after more names than the cache holds', () => {
    const fresh = newSecretNames()
    for (let n = 0; n < 12_000; n++) fresh.of(`attribute ${String.fromCharCode(0x4e00 + n)}`)
    expect([fresh.of('password'), fresh.of('plan')]).toEqual(['secret', 'plain'])
  })
})
