import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maskSecrets } from '../../src/users/mask-secrets.ts'

test('P9 secrets are masked, what helps to find the mistake is not', () => {
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
    user_metadata: { password: 'kept as it was given' },
  }
  expect(maskSecrets(user)).toEqual({
    ...user,
    password_hash: '*****',
    password: '*****',
    custom_password_hash: {
      ...user.custom_password_hash,
      hash: { value: '*****', encoding: 'hex', digest: 'sha1', key: { value: '*****' } },
      salt: { value: '*****', position: 'prefix' },
    },
    mfa_factors: [{ totp: { secret: '*****' } }, { phone: { value: '+1' } }, { email: { value: 'b@x.io' } }],
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
        expect(JSON.stringify(maskSecrets({ [root]: value }))).not.toContain('TOPSECRET')
      },
    ),
  )
})
