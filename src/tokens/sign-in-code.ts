import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { addSeconds, type Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Attempts } from './attempts.ts'

/** The code of the link that `muster serve` prints. It signs in once. */
export interface SignInCode {
  /** Only the hash stays in memory, and in no other place, so that a restart makes every earlier code void. */
  make(): string
  /**
   * The code is spent at once, so that of two requests at the same time one is refused. The returned function makes it
   * valid again, for a sign-in that failed. Fails with `sign_in_link_invalid` or `attempts_too_many`.
   */
  take(code: string, address: string): () => void
}

export interface SignInCodeDeps {
  readonly clock: Clock
  /** Those of client secrets: an address that guesses secrets and codes has one budget for both. */
  readonly attempts: Attempts
}

const CODE_LIFETIME_SECONDS = 3600

export function newSignInCode({ clock, attempts }: SignInCodeDeps): SignInCode {
  let made: { readonly hash: Buffer; readonly end: Date } | undefined
  return {
    make: () => {
      const code = randomBytes(32).toString('base64url')
      made = { hash: hashOf(code), end: addSeconds(clock.now(), CODE_LIFETIME_SECONDS) }
      return code
    },
    take: (code, address) => {
      const takeBack = attempts.take({ address, clientId: 'sign-in link' })
      const taken = made
      const isRight = taken !== undefined && timingSafeEqual(hashOf(code), taken.hash)
      if (!isRight || taken.end <= clock.now()) throw invalid()
      takeBack()
      made = undefined
      return () => {
        made = taken
      }
    },
  }
}

// Hashes have one length, which the comparison in constant time needs.
function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest()
}

function invalid(): Failure {
  return new Failure(
    'sign_in_link_invalid',
    'This sign-in link is not valid: it signs in once, within an hour, at the process that printed it. Restart the server for a new one, or sign in with a client.',
  )
}
