import { type Clock, unixSeconds } from '../domain/clock.ts'
import type { Rate, RateGroup, RateLimit } from '../domain/rate-limit.ts'

/** How a client stands after a request. */
export interface Allowance {
  readonly isAllowed: boolean
  /** The size of the bucket. */
  readonly limit: number
  /** Requests that could follow at once. */
  readonly remaining: number
  /** Unix second: of an allowed request, when the bucket is full again; of a refused one, when the next may come. */
  readonly reset: number
  /** Whole seconds until the next request may come; 0 when it may at once. */
  readonly retrySeconds: number
}

export interface RateLimiter {
  /** Counts a request of a client; undefined when such requests are not counted. */
  take(clientId: string, group: RateGroup): Allowance | undefined
  /** How many buckets are remembered. */
  readonly size: number
}

interface Bucket {
  /** In 60,000ths of a request: with milliseconds and a rate by the minute, all arithmetic is in whole numbers. */
  readonly level: number
  readonly at: number
  readonly rate: Rate
}

const REQUEST = 60_000

/**
 * Token buckets, one a client and group of endpoints: size is the burst, refill the sustained rate. They live in
 * this process alone. A full bucket is as good as none and is forgotten, so that only clients that asked within
 * the last refill take memory.
 */
export function newRateLimiter({ rates }: RateLimit, clock: Clock): RateLimiter {
  // In the order of their last use.
  const buckets = new Map<string, Bucket>()
  const forgetFull = (now: number): void => {
    for (const [key, bucket] of buckets) {
      if (levelAt(bucket, now) < bucket.rate.burst * REQUEST) return
      buckets.delete(key)
    }
  }
  return {
    take: (clientId, group) => {
      const own = rates[group]
      const rate = own ?? rates.other
      if (rate === undefined) return undefined
      const key = `${own === undefined ? 'other' : group} ${clientId}`
      const now = clock.now().getTime()
      const present = levelAt(buckets.get(key) ?? { level: rate.burst * REQUEST, at: now, rate }, now)
      const isAllowed = present >= REQUEST
      const level = isAllowed ? present - REQUEST : present
      buckets.delete(key)
      buckets.set(key, { level, at: now, rate })
      forgetFull(now)
      return allowanceOf({ level, at: now, rate }, isAllowed)
    },
    get size() {
      return buckets.size
    },
  }
}

// A clock that was set back gives nothing and takes nothing.
function levelAt({ level, at, rate }: Bucket, now: number): number {
  return Math.min(rate.burst * REQUEST, level + Math.max(0, now - at) * rate.perMinute)
}

function allowanceOf({ level, at, rate }: Bucket, isAllowed: boolean): Allowance {
  const millisecondsTo = (wanted: number): number => Math.max(0, Math.ceil((wanted - level) / rate.perMinute))
  const next = millisecondsTo(REQUEST)
  const resetsIn = isAllowed ? millisecondsTo(rate.burst * REQUEST) : next
  return {
    isAllowed,
    limit: rate.burst,
    remaining: Math.floor(level / REQUEST),
    reset: unixSeconds(new Date(at + resetsIn + 999)),
    retrySeconds: Math.ceil(next / 1000),
  }
}
