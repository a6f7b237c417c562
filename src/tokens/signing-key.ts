import { createHash, webcrypto } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, importJWK, type JWK } from 'jose'
import type { Clock } from '../domain/clock.ts'
import type { SecretStore } from './secret-store.ts'

export interface SigningKey {
  readonly kid: string
  readonly privateKey: webcrypto.CryptoKey
  readonly publicKey: webcrypto.CryptoKey
  /** The public key in the form in which `/.well-known/jwks.json` publishes it. */
  readonly jwk: JWK
}

/** A replaced key loses its private part at the next rotation, so that it cannot be stolen. */
export type RingKey = Omit<SigningKey, 'privateKey'> & {
  readonly privateKey: webcrypto.CryptoKey | undefined
  /** Before this time the key signs nothing, so that all processes can read it first. */
  readonly from: Date
}

export interface StoredKey {
  readonly private: JWK
  readonly public: JWK
}

interface TimedKey {
  readonly private?: JWK
  readonly public: JWK
  /** ISO 8601. Absent for the first key of a deployment. */
  readonly from?: string
}

/** The newest key, and in `earlier` those before it, the newest first. They stay published for old receipts. */
interface StoredKeys extends StoredKey, Pick<TimedKey, 'from'> {
  readonly earlier?: readonly TimedKey[]
}

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
}

const NAME = 'token-signing-key'

/** The newest key first. The first start makes a key and stores it, so that tokens stay valid after a restart. */
export async function loadKeys(
  secrets: SecretStore,
  clock: Clock,
  make = () => makeSigningKey(clock),
): Promise<readonly RingKey[]> {
  const { earlier = [], ...newest } = (await secrets.getOrMake(NAME, make)) as StoredKeys
  return Promise.all([newest, ...earlier].map(imported))
}

async function imported(key: TimedKey): Promise<RingKey> {
  const { private: secret, public: jwk, from } = key
  const keyOf = async (part: JWK) => (await importJWK(part, 'RS256')) as webcrypto.CryptoKey
  return {
    kid: jwk.kid ?? '',
    privateKey: secret === undefined ? undefined : await keyOf(secret),
    publicKey: await keyOf(jwk),
    jwk,
    from: new Date(from ?? 0),
  }
}

/** Adds a key that signs from the time `from` on, and returns its id. All earlier keys stay published. */
export async function rotateKeys(secrets: SecretStore, clock: Clock, from: Date): Promise<string> {
  await loadKeys(secrets, clock)
  const made = await makeSigningKey(clock)
  await secrets.change(NAME, (stored) => {
    const { earlier = [], ...newest } = stored as StoredKeys
    const before: readonly TimedKey[] = [newest, ...earlier]
    const signing = before.findIndex((key) => new Date(key.from ?? 0) <= clock.now())
    // A key that has been replaced signs nothing again, so its private part must not be there to be stolen.
    const kept = before.map(({ private: secret, ...key }, at) =>
      at > signing || secret === undefined ? key : { ...key, private: secret },
    )
    return { ...made, from: from.toISOString(), earlier: kept } satisfies StoredKeys
  })
  return made.public.kid ?? ''
}

/**
 * 32 random bytes, one secret for each kind of link and for sessions, so that one kind does not pass for another.
 * Stored, so that links and sessions stay valid after a restart.
 */
export async function loadLinkSecret(
  secrets: SecretStore,
  name: 'link-signing-key' | 'verification-signing-key' | 'session-key',
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
