import { createHmac, randomBytes } from 'node:crypto'
import { addSeconds, type Clock } from '../domain/clock.ts'

/** A right secret is remembered for some time, so that the client's next token needs no slow hash. */
export interface KnownSecrets {
  has(secret: string, storedHash: string): boolean
  remember(secret: string, storedHash: string): void
}

// About 200 bytes each, so the memory stays small. If more clients are in use, some need a slow hash more often.
const KNOWN_MAX = 1000

/**
 * Memory holds only HMACs with a key of this process, so a memory dump shows no secret. The stored hash is a part of
 * each HMAC, so a changed secret or a removed client is no longer found.
 */
export function newKnownSecrets(lifetimeSeconds: number, clock: Clock): KnownSecrets {
  const key = randomBytes(32)
  // In the order of their ends, so that the secret that would end first is removed first.
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
