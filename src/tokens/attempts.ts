import { addressGroup } from '../domain/address.ts'
import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Rate } from '../domain/rate-limit.ts'

export interface Attempt {
  readonly address: string
  readonly clientId: string
}

/** Right secrets are not counted, so a client that asks for many tokens is not refused. */
export interface Attempts {
  /**
   * Counts before the secret is checked, or many checks at a time would pass the limit. The returned function uncounts.
   * Fails with `attempts_too_many`.
   */
  take(attempt: Attempt): () => void
}

interface Bucket {
  readonly level: number
  readonly at: number
}

// A bucket takes about 100 bytes, so an attack with many addresses takes about 1 MB.
const BUCKETS_MAX = 10_000
const CLIENT_ID_LENGTH_MAX = 64

export function newAttempts(rate: Rate | undefined, clock: Clock): Attempts {
  if (rate === undefined) return { take: () => () => undefined }
  const addresses = newBuckets(rate, clock)
  const clients = newBuckets(rate, clock)
  return {
    take: ({ address, clientId }) => {
      const [from, to] = [addressGroup(address), clientId.slice(0, CLIENT_ID_LENGTH_MAX)]
      const hasFailed = addresses.level(from) < rate.burst
      // The client's bucket counts only for addresses that have failed before, or an attacker could lock a client out.
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
  // In the order of last use. The oldest bucket has refilled most, so removing that one forgives the least.
  const buckets = new Map<string, Bucket>()
  const level = (key: string): number => {
    const bucket = buckets.get(key)
    if (bucket === undefined) return burst
    // The clock may be set back. The level must then not fall.
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
