import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number }, Buffer>(scrypt)

// OWASP's "Password Storage" sheet: scrypt with N=2^14, r=8, p=5 is one of its equal choices.
const COST = { N: 2 ** 14, r: 8, p: 5 }
const KEY_BYTES = 32

/** Hashes a client's secret: `scrypt$salt$key`, both base64url. */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(secret, salt, KEY_BYTES, COST)
  return `scrypt$${salt.toString('base64url')}$${key.toString('base64url')}`
}

/** True when the secret is the one that was hashed. Takes as long when it is not. */
export async function isSecret(secret: string, hash: string): Promise<boolean> {
  const [, salt = '', key = ''] = hash.split('$')
  const expected = Buffer.from(key, 'base64url')
  const given = await derive(secret, Buffer.from(salt, 'base64url'), KEY_BYTES, COST)
  return expected.length === given.length && timingSafeEqual(expected, given)
}
