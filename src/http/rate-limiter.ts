import { type Clock, unixSeconds } from '../domain/clock.ts'
import type { Rate, RateGroup, RateLimit } from '../domain/rate-limit.ts'

export interface Allowance {
  readonly isAllowed: boolean
  readonly limit: number
  readonly remaining: number
  /** Unix second: after an allowed request, when the bucket is full again; after a refused one, when to try again. */
  readonly reset: number
  /** Only for a refused request. Rounded up, or a client that waits this long would be refused again. */
  readonly retrySeconds: number
}

export interface RateLimiter {
  take(clientId: string, group: RateGroup): Allowance | undefined
  readonly size: number
}

interface Bucket {
  /** In 60,000ths of a request: milliseconds times a rate per minute then stay whole numbers. */
  readonly level: number
  readonly at: number
  readonly rate: Rate
}

const REQUEST = 60_000

/**
 * Token buckets, one for each client and rate group. A full bucket equals a new one, so it is removed and clients
 * without recent requests take no memory.
 */
export function newRateLimiter({ rates }: RateLimit, clock: Clock): RateLimiter {
  // In the order of their last use, so that `forgetFull` stops at the first bucket that is not full.
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

// If the clock was set back, the level must not fall.
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
