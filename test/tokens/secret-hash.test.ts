import { scryptSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { newClientSecret } from '../../src/domain/ids.ts'
import { newHasher } from '../../src/hashing/hasher.ts'
import {
  hashChosenSecret,
  hashMadeSecret,
  isQuickSecret,
  isSlowSecret,
} from '../../src/tokens/secret-hash.ts'

const hasher = newHasher()

test('a hash of a chosen secret is slow, fits one secret, and differs each time', async () => {
  const hash = await hashChosenSecret('a secret', hasher)
  expect(hash).toMatch(/^scrypt\$16384\$8\$5\$/)
  expect(await isSlowSecret('a secret', hash, hasher)).toBe(true)
  expect(await isSlowSecret('a secret ', hash, hasher)).toBe(false)
  expect(isQuickSecret('a secret', hash)).toBe(false)
  expect(await hashChosenSecret('a secret', hasher)).not.toBe(hash)
})

test('a hash of a generated secret is quick, fits one secret, and differs each time', async () => {
  const secret = newClientSecret()
  const hash = hashMadeSecret(secret)
  expect(hash).toMatch(/^sha256\$[\w-]{22}\$[\w-]{43}$/)
  expect(isQuickSecret(secret, hash)).toBe(true)
  for (const wrong of ['', `${secret}x`, secret.slice(1), hash])
    expect(isQuickSecret(wrong, hash)).toBe(false)
  expect(await isSlowSecret(secret, hash, hasher)).toBe(false)
  expect(hashMadeSecret(secret)).not.toBe(hash)
})

test('a hash with another cost is still valid, since the hash contains its cost', async () => {
  const salt = Buffer.from('salt')
  const key = scryptSync('a secret', salt, 32, { N: 2 ** 10, r: 4, p: 1 })
  const hash = `scrypt$1024$4$1$${salt.toString('base64url')}$${key.toString('base64url')}`
  expect(await isSlowSecret('a secret', hash, hasher)).toBe(true)
  expect(await isSlowSecret('another', hash, hasher)).toBe(false)
})

test('a client without a hash has no correct secret, not even an empty one', async () => {
  expect(await isSlowSecret('', undefined, hasher)).toBe(false)
  expect(await isSlowSecret('a secret', undefined, hasher)).toBe(false)
})
