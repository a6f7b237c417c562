import { createHash, webcrypto } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, importJWK, type JWK } from 'jose'
import type { Clock } from '../domain/clock.ts'
import type { SecretStore } from './secret-store.ts'

export interface SigningKey {
  readonly kid: string
  readonly privateKey: webcrypto.CryptoKey
  readonly publicKey: webcrypto.CryptoKey
  readonly jwk: JWK
}

export interface StoredKey {
  readonly private: JWK
  readonly public: JWK
}

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
}

/** Stored on the first start, so that tokens stay valid after a restart. */
export async function loadSigningKey(
  secrets: SecretStore,
  clock: Clock,
  make = () => makeSigningKey(clock),
): Promise<SigningKey> {
  const stored = (await secrets.getOrMake('token-signing-key', make)) as StoredKey
  return {
    kid: stored.public.kid ?? '',
    privateKey: (await importJWK(stored.private, 'RS256')) as webcrypto.CryptoKey,
    publicKey: (await importJWK(stored.public, 'RS256')) as webcrypto.CryptoKey,
    jwk: stored.public,
  }
}

/**
 * 32 random bytes, one secret for each kind of link, so that a link of one kind does not pass for another. Stored, so
 * that links stay valid after a restart.
 */
export async function loadLinkSecret(
  secrets: SecretStore,
  name: 'link-signing-key' | 'verification-signing-key',
): Promise<Uint8Array> {
  const make = async (): Promise<string> =>
    Buffer.from(webcrypto.getRandomValues(new Uint8Array(32))).toString('base64')
  return Buffer.from((await secrets.getOrMake(name, make)) as string, 'base64')
}

/**
 * Takes 0.1 to 0.4 s in libuv's thread pool. Some libraries read the certificate instead of n and e, so x5c and x5t are
 * included, as at Auth0.
 */
export async function makeSigningKey(clock: Clock): Promise<StoredKey> {
  // Loading X.509 takes 0.1 s, so only the start that makes the key loads it.
  const { keyCertificate } = await import('../certificates/key-certificate.ts')
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const der = await keyCertificate(keys, 'Muster token signing', clock)
  const jwk = await exportJWK(keys.publicKey)
  const shown = {
    alg: 'RS256',
    kty: 'RSA',
    use: 'sig',
    n: jwk.n ?? '',
    e: jwk.e ?? '',
    kid: await calculateJwkThumbprint(jwk),
    x5t: createHash('sha1').update(der).digest('base64url'),
    x5c: [der.toString('base64')],
  }
  return { private: await exportJWK(keys.privateKey), public: shown }
}
