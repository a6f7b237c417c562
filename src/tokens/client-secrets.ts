import type { Hasher } from '../hashing/hasher.ts'
import type { Attempt, Attempts } from './attempts.ts'
import type { KnownSecrets } from './known-secrets.ts'
import { hashChosenSecret, isQuickSecret, isSlowSecret } from './secret-hash.ts'

export interface SecretAttempt extends Attempt {
  readonly secret: string
}

export interface ClientSecrets {
  /** Fails with `hashes_too_many`. */
  hash(secret: string): Promise<string>
  /**
   * A secret that Muster generated or remembers is right at once, even under an attack. All others take a slow hash.
   * An unknown client does too, or the time would show which clients exist. Fails with `attempts_too_many` or
   * `hashes_too_many`.
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
      // The client will probably ask for a token soon, which would take a slow hash again.
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
        // A secret that could not be checked was not wrong, so it must not count.
        takeBack()
        throw error
      }
      takeBack()
      return true
    },
  }
}
