import { invalidBody } from '../domain/refusal.ts'
import type { Hasher } from '../hashing/hasher.ts'

// Auth0 hashes with 10 rounds, and accepts only such bcrypt hashes.
const ROUNDS = 10

// bcrypt ignores what follows after 72 bytes, so a longer password would be weaker than it looks.
const PASSWORD_BYTES_MAX = 72

/** Fails with `body_invalid` if the password is too long, and with `hashes_too_many` if too many hashes wait. */
export async function hashPassword(password: string, hasher: Pick<Hasher, 'bcrypt'>): Promise<string> {
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) {
    throw invalidBody(`Password is too long, maximum ${PASSWORD_BYTES_MAX} bytes`, 'password')
  }
  return hasher.bcrypt({ password, rounds: ROUNDS })
}
