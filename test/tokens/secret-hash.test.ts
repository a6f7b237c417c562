import { scryptSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { hashSecret, isSecret } from '../../src/tokens/secret-hash.ts'

test('a hash is of one secret, and never the same twice', async () => {
  const hash = await hashSecret('a secret')
  expect(await isSecret('a secret', hash)).toBe(true)
  expect(await isSecret('a secret ', hash)).toBe(false)
  expect(await hashSecret('a secret')).not.toBe(hash)
})

test('a hash of another cost still holds, since it says which', async () => {
  const salt = Buffer.from('salt')
  const key = scryptSync('a secret', salt, 32, { N: 2 ** 10, r: 4, p: 1 })
  const hash = `scrypt$1024$4$1$${salt.toString('base64url')}$${key.toString('base64url')}`
  expect(await isSecret('a secret', hash)).toBe(true)
  expect(await isSecret('another', hash)).toBe(false)
})

test('without a hash no secret is right, not even none', async () => {
  expect(await isSecret('', undefined)).toBe(false)
  expect(await isSecret('a secret', undefined)).toBe(false)
})
