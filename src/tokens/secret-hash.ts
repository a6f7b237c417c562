import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Hasher } from '../hashing/hasher.ts'

// OWASP's "Password Storage Cheat Sheet" recommends scrypt with N=2^14, r=8, p=5 as one of several equal choices.
const COST = { N: 2 ** 14, r: 8, p: 5 }
const KEY_BYTES = 32
const SALT_BYTES = 16

/**
 * `scrypt$N$r$p$salt$key`, the last two in base64url. The hash contains the cost, so that old hashes stay valid if the
 * cost changes.
 */
export async function hashChosenSecret(secret: string, hasher: Hasher): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await hasher.scrypt({ secret, salt, cost: COST, keyBytes: KEY_BYTES }, 'make')
  const texts = [salt, key].map((bytes) => Buffer.from(bytes).toString('base64url'))
  return ['scrypt', COST.N, COST.r, COST.p, ...texts].join('$')
}

/**
 * `sha256$salt$digest`. Nobody can guess the 381 random bits of a secret that Muster generated, so a slow hash would
 * not make it safer.
 */
export function hashMadeSecret(secret: string): string {
  const salt = randomBytes(SALT_BYTES)
  return ['sha256', salt.toString('base64url'), sha256(secret, salt).toString('base64url')].join('$')
}

/** False for any hash that `hashMadeSecret` did not make, so that the caller tries the slow way. */
export function isQuickSecret(secret: string, hash: string): boolean {
  const [kind, salt = '', digest = ''] = hash.split('$')
  if (kind !== 'sha256') return false
  return isSame(Buffer.from(digest, 'base64url'), sha256(secret, Buffer.from(salt, 'base64url')))
}

/**
 * Takes the same time if the client is unknown or has a quick hash. Otherwise the time of the answer would show which
 * clients exist.
 */
export async function isSlowSecret(
  secret: string,
  hash: string | undefined,
  hasher: Hasher,
): Promise<boolean> {
  const { cost, salt, key } = readSlowHash(hash)
  return isSame(key, await hasher.scrypt({ secret, salt, cost, keyBytes: KEY_BYTES }, 'check'))
}

function readSlowHash(hash = '') {
  const [kind, N, r, p, salt = '', key = ''] = hash.split('$')
  if (kind !== 'scrypt') return { cost: COST, salt: randomBytes(SALT_BYTES), key: Buffer.alloc(0) }
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  }
}

function sha256(secret: string, salt: Uint8Array): Buffer {
  return createHash('sha256').update(salt).update(secret).digest()
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
