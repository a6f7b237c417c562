import type { Hasher } from '../hashing/hasher.ts'
import type { Attempt, Attempts } from './attempts.ts'
import type { KnownSecrets } from './known-secrets.ts'
import { hashChosenSecret, isQuickSecret, isSlowSecret } from './secret-hash.ts'

export interface SecretAttempt extends Attempt {
  readonly secret: string
}

/** Hashes and checks the secrets of clients. */
export interface ClientSecrets {
  /** Hashes a secret that somebody chose. Fails with `hashes_too_many`. */
  hash(secret: string): Promise<string>
  /**
   * Tells whether a secret is the one that was hashed. A secret that Muster made, and one that is remembered, is
   * found right at once, whatever else goes on. Every other takes a slow hash, also that of an unknown client. Fails
   * with `attempts_too_many` or `hashes_too_many`.
   */
  isRight(attempt: SecretAttempt, storedHash: string | undefined): Promise<boolean>
}

export interface ClientSecretsDeps {
  readonly hasher: Hasher
  readonly attempts: Attempts
  readonly known: KnownSecrets
}

export function newClientSecrets({ hasher, attempts, known }: ClientSecretsDeps): ClientSecrets {
  return {
    hash: async (secret) => {
      const hash = await hashChosenSecret(secret, hasher)
      // Whoever chose it is about to use it.
      known.remember(secret, hash)
      return hash
    },
    isRight: async ({ secret, ...attempt }, storedHash) => {
      if (storedHash !== undefined && isQuickSecret(secret, storedHash)) return true
      if (storedHash !== undefined && known.has(secret, storedHash)) return true
      const takeBack = attempts.take(attempt)
      try {
        const isRight = await isSlowSecret(secret, storedHash, hasher)
        if (!isRight || storedHash === undefined) return false
        known.remember(secret, storedHash)
      } catch (error) {
        // Nobody has looked at the secret.
        takeBack()
        throw error
      }
      takeBack()
      return true
    },
  }
}
