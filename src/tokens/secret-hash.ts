import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

const derive = promisify<string, Buffer, number, Cost, Buffer>(scrypt)

// OWASP's "Password Storage" sheet: scrypt with N=2^14, r=8, p=5 is one of its equal choices.
const COST: Cost = { N: 2 ** 14, r: 8, p: 5 }
const KEY_BYTES = 32

/**
 * Hashes a client's secret: `scrypt$N$r$p$salt$key`, the last two in base64url. The cost is part of it, so that
 * hashes made before a change of cost still hold.
 */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(secret, salt, KEY_BYTES, COST)
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/**
 * True when the secret is the one that was hashed. Takes as long when it is not, and when there is no hash
 * since the client is unknown, or the answer's time would tell which clients there are.
 */
export async function isSecret(secret: string, hash: string | undefined): Promise<boolean> {
  const { cost, salt, key } = readHash(hash)
  const given = await derive(secret, salt, KEY_BYTES, cost)
  return key.length === given.length && timingSafeEqual(key, given)
}

function readHash(hash: string | undefined): { cost: Cost; salt: Buffer; key: Buffer } {
  if (hash === undefined) return { cost: COST, salt: randomBytes(16), key: Buffer.alloc(0) }
  const [, N, r, p, salt = '', key = ''] = hash.split('$')
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  }
}
