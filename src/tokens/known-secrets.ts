import { createHmac, randomBytes } from 'node:crypto'
import { addSeconds, type Clock } from '../domain/clock.ts'

/** Right secrets, for a while: a client that asks again does not wait for a slow hash. */
export interface KnownSecrets {
  has(secret: string, storedHash: string): boolean
  remember(secret: string, storedHash: string): void
}

// Some 200 bytes each; nobody has as many clients at work.
const KNOWN_MAX = 1000

/**
 * Kept in memory as HMACs under a key of this process. Each is bound to the stored hash: when the secret changes or
 * the client goes, nothing asks with that hash again.
 */
export function newKnownSecrets(lifetimeSeconds: number, clock: Clock): KnownSecrets {
  const key = randomBytes(32)
  // In the order of their last use.
  const ends = new Map<string, Date>()
  const markOf = (secret: string, storedHash: string): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([storedHash, secret]))
      .digest('base64')
  return {
    has: (secret, storedHash) => {
      const end = ends.get(markOf(secret, storedHash))
      return end !== undefined && clock.now() < end
    },
    remember: (secret, storedHash) => {
      const mark = markOf(secret, storedHash)
      ends.delete(mark)
      ends.set(mark, addSeconds(clock.now(), lifetimeSeconds))
      const [oldest] = ends.keys()
      if (ends.size > KNOWN_MAX && oldest !== undefined) ends.delete(oldest)
    },
  }
}
