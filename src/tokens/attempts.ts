import { addressGroup } from '../domain/address.ts'
import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Rate } from '../domain/rate-limit.ts'

/** Who tries a secret, and of which client. */
export interface Attempt {
  readonly address: string
  readonly clientId: string
}

/** Bounds wrong secrets. Right ones are not counted. */
export interface Attempts {
  /**
   * Counts an attempt before it is known whether the secret is right. Returns what takes it back. Fails with
   * `attempts_too_many`.
   */
  take(attempt: Attempt): () => void
}

interface Bucket {
  /** Attempts that are left. */
  readonly level: number
  readonly at: number
}

// Some 100 bytes each.
const BUCKETS_MAX = 10_000
const CLIENT_ID_LENGTH_MAX = 64

/** Token buckets, one for each address and one for each client id, in this process alone. Without a rate nothing is counted. */
export function newAttempts(rate: Rate | undefined, clock: Clock): Attempts {
  if (rate === undefined) return { take: () => () => undefined }
  const addresses = newBuckets(rate, clock)
  const clients = newBuckets(rate, clock)
  return {
    take: ({ address, clientId }) => {
      const [from, to] = [addressGroup(address), clientId.slice(0, CLIENT_ID_LENGTH_MAX)]
      const hasFailed = addresses.level(from) < rate.burst
      // Strangers who try one client's secrets do not lock the client out: an address that has not failed is heard.
      const least = Math.min(addresses.level(from), hasFailed ? clients.level(to) : rate.burst)
      if (least < 1) throw tooManyAttempts(Math.ceil(((1 - least) * 60) / rate.perMinute))
      addresses.add(from, -1)
      clients.add(to, -1)
      return () => {
        addresses.add(from, 1)
        clients.add(to, 1)
      }
    },
  }
}

function newBuckets({ burst, perMinute }: Rate, clock: Clock) {
  // In the order of their last use.
  const buckets = new Map<string, Bucket>()
  const level = (key: string): number => {
    const bucket = buckets.get(key)
    if (bucket === undefined) return burst
    // A clock that was set back gives nothing and takes nothing.
    const passed = Math.max(0, clock.now().getTime() - bucket.at)
    return Math.min(burst, bucket.level + (passed * perMinute) / 60_000)
  }
  const add = (key: string, change: number): void => {
    const changed = Math.min(burst, Math.max(0, level(key) + change))
    buckets.delete(key)
    if (changed < burst) buckets.set(key, { level: changed, at: clock.now().getTime() })
    const [oldest] = buckets.keys()
    if (buckets.size > BUCKETS_MAX && oldest !== undefined) buckets.delete(oldest)
  }
  return { level, add }
}

function tooManyAttempts(seconds: number): Failure {
  return new Failure(
    'attempts_too_many',
    `Too many wrong secrets came from this address or for this client. Try again in ${seconds} s.`,
    { headers: { 'retry-after': String(seconds) } },
  )
}
