import { Refusal } from '../domain/refusal.ts'
import type { Hasher } from '../hashing/hasher.ts'

// Auth0 hashes and takes bcrypt with 10 rounds.
const ROUNDS = 10

// bcrypt reads 72 bytes and ignores the rest: a longer password would be weaker than it looks.
const PASSWORD_BYTES_MAX = 72

/**
 * A password's bcrypt hash. Fails with `body_invalid` when bcrypt could not take all of the password, and with
 * `hashes_too_many`.
 */
export async function hashPassword(password: string, hasher: Pick<Hasher, 'bcrypt'>): Promise<string> {
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) {
    const problem = `Password is too long, maximum ${PASSWORD_BYTES_MAX} bytes`
    throw new Refusal('body_invalid', { problem, property: 'password' })
  }
  return hasher.bcrypt({ password, rounds: ROUNDS })
}
