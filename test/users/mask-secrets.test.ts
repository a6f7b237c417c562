import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskSecrets } from '../../src/users/mask-secrets.ts'
import { newSecretNames } from '../../src/users/secret-names.ts'

const masked = (user: unknown) => maskSecrets(user, newSecretNames())

const bcrypt = `$2b$10$${'a'.repeat(53)}`
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'

test('P9 a refused user is shown with secrets masked and the other values as they were', () => {
  const user = {
    email: 'a@x.io',
    password_hash: 'S',
    password: 'S',
    custom_password_hash: {
      algorithm: 'hmac',
      hash: { value: 'S', encoding: 'hex', digest: 'sha1', key: { value: 'S' } },
      salt: { value: 'S', position: 'prefix' },
      keylen: 12,
    },
    mfa_factors: [{ totp: { secret: 'S' } }, { phone: { value: '+1' } }, { email: { value: 'b@x.io' } }],
    user_metadata: { password: 'S', plan: 'gold' },
    identities: [{ provider: 'github', access_token: 'S', profileData: { id_token: 'S', name: 'A' } }],
  }
  expect(masked(user)).toEqual({
    ...user,
    password_hash: '*****',
    password: '*****',
    custom_password_hash: {
      ...user.custom_password_hash,
      hash: { value: '*****', encoding: 'hex', digest: 'sha1', key: { value: '*****' } },
      salt: { value: '*****', position: 'prefix' },
    },
    mfa_factors: [{ totp: { secret: '*****' } }, { phone: { value: '+1' } }, { email: { value: 'b@x.io' } }],
    user_metadata: { password: '*****', plan: 'gold' },
    identities: [
      { provider: 'github', access_token: '*****', profileData: { id_token: '*****', name: 'A' } },
    ],
  })
})

test('P9 a secret in the wrong place is masked too', () => {
  const name = fc.constantFrom('value', 'hash', 'salt', 'totp', 'secret', 'key', 'x')
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constant('TOPSECRET'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(name, tie('tree'), { maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(
      fc.constantFrom('custom_password_hash', 'mfa_factors', 'password_hash', 'salt'),
      tree,
      (root, value) => {
        expect(JSON.stringify(masked({ [root]: value }))).not.toContain('TOPSECRET')
      },
    ),
  )
})

describe('P9 a refused user in a report', () => {
  const hex = '5f4dcc3b5aa765d61d8327deb882cf99'
  test.each<[string, unknown, unknown]>([
    ['a hash in a list', { a: [{ old: bcrypt }] }, { a: [{ old: '*****' }] }],
    [
      'a hash that is called otherwise, beside its salt',
      { x: hex, salt: 's' },
      { x: '*****', salt: '*****' },
    ],
    ['a structure in a text', { c: '{"password":"x"}' }, { c: '*****' }],
    ['a list in a text', { c: '[{"type":"password","value":"x"}]' }, { c: '*****' }],
    ['a token that is a name', { s: { [jwt]: { ip: '::1' } } }, { s: { '*****': '*****' } }],
    ['a number', { pin: 1234, backup_codes: [12345678] }, { pin: '*****', backup_codes: ['*****'] }],
    [
      'the value that a name beside it calls a secret',
      { attributes: [{ Name: 'custom:password', Value: 'x' }] },
      { attributes: [{ Name: 'custom:password', Value: '*****' }] },
    ],
  ])('P9 a refused user is shown with the secret masked: %s', (_what, user, shown) => {
    expect(masked(user)).toEqual(shown)
  })

  test('P9 a refused user is shown with the values that help to find the mistake', () => {
    const user = {
      id: hex,
      password_reset_count: 3,
      has_password: 'yes',
      tokens: 7,
      credentials: [{ type: 'password', createdDate: 1, algorithm: 'pbkdf2-sha256' }],
      picture: `https://s.gravatar.com/avatar/${hex}?s=480`,
      note: '{not json}',
    }
    expect(masked(user)).toEqual(user)
  })
})
