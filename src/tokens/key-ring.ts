import type { webcrypto } from 'node:crypto'
import type { JWK } from 'jose'
import { addSeconds, type Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { SecretStore } from './secret-store.ts'
import { loadKeys, type RingKey, type SigningKey, type StoredKey } from './signing-key.ts'

/** The keys as they were last read. All processes of a deployment read the same ones. */
export interface KeyRing {
  signing(): SigningKey
  /** A replaced key is accepted until the last token that it has signed ends. */
  accepted(kid: string | undefined, tokenLifetimeSeconds: number): webcrypto.CryptoKey | undefined
  /** For `/.well-known/jwks.json`: all keys that there ever were, since receipts are kept for years. */
  published(): readonly JWK[]
}

/** `keys` gives the newest key first. */
export function ringOf(keys: () => readonly RingKey[], clock: Clock): KeyRing {
  const signing = (): SigningKey => {
    const [first, ...others] = keys().filter(hasPrivate)
    if (first === undefined) throw new Failure('internal', 'No key of the database can sign.')
    const now = clock.now()
    return [first, ...others].find(({ from }) => from <= now) ?? others.at(-1) ?? first
  }
  return {
    signing,
    accepted: (kid, tokenLifetimeSeconds) => {
      const at = keys().findIndex((key) => key.kid === kid)
      const replacedFrom = keys()[at - 1]?.from
      const isOver =
        replacedFrom !== undefined && clock.now() > addSeconds(replacedFrom, tokenLifetimeSeconds)
      return isOver ? undefined : keys()[at]?.publicKey
    },
    published: () => {
      // The signing key comes first, because some clients take the first key without a look at its id.
      const { kid, jwk } = signing()
      return [jwk, ...keys().flatMap((key) => (key.kid === kid ? [] : [key.jwk]))]
    },
  }
}

function hasPrivate(key: RingKey): key is RingKey & SigningKey {
  return key.privateKey !== undefined
}

export interface KeyRingOptions {
  readonly secrets: SecretStore
  readonly clock: Clock
  readonly everySeconds: number
  /** Gives the first key of a deployment, such as one whose making has begun earlier. By default it is made now. */
  readonly make?: (() => Promise<StoredKey>) | undefined
  readonly onError: (error: unknown) => void
}

/** The keys are read again every `everySeconds`, since another process may rotate them. */
export async function startKeyRing(options: KeyRingOptions): Promise<KeyRing & { stop(): void }> {
  const { secrets, clock, everySeconds, make, onError } = options
  let keys = await loadKeys(secrets, clock, make)
  let isReading = false
  let isStopped = false
  async function read(): Promise<void> {
    // If the database is slow, reads must not queue up.
    if (isReading) return
    isReading = true
    try {
      keys = await loadKeys(secrets, clock)
    } catch (error) {
      if (!isStopped) onError(error)
    } finally {
      isReading = false
    }
  }
  const timer = setInterval(() => void read(), everySeconds * 1000).unref()
  const stop = (): void => {
    isStopped = true
    clearInterval(timer)
  }
  return { ...ringOf(() => keys, clock), stop }
}
