import { createHash, webcrypto } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, importJWK, type JWK } from 'jose'
import type { Clock } from '../domain/clock.ts'
import type { SecretStore } from './secret-store.ts'

/** The key pair that signs tokens, and how the world sees its public half. */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: webcrypto.CryptoKey
  readonly publicKey: webcrypto.CryptoKey
  /** For `/.well-known/jwks.json`. */
  readonly jwk: JWK
}

/** A key pair as it is stored. */
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

/**
 * The deployment's signing key: made on the first start, the same for every machine and every start after. `make` is
 * asked for a key where there is none.
 */
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

/** 32 random bytes that sign one kind of links, kept beside the signing key. */
export async function loadLinkSecret(
  secrets: SecretStore,
  name: 'link-signing-key' | 'verification-signing-key',
): Promise<Uint8Array> {
  const make = async (): Promise<string> =>
    Buffer.from(webcrypto.getRandomValues(new Uint8Array(32))).toString('base64')
  return Buffer.from((await secrets.getOrMake(name, make)) as string, 'base64')
}

/**
 * Makes a key pair: 0.1 to 0.4 s on a thread of libuv's pool. x5c and x5t are there because Auth0's are: some
 * libraries read the certificate instead of n and e.
 */
export async function makeSigningKey(clock: Clock): Promise<StoredKey> {
  // Nobody else needs X.509, which takes a tenth of a second to load.
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
