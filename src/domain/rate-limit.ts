import { isLoopback } from './address.ts'
import { Failure } from './failure.ts'

/** Auth0's self-service plans count these groups of endpoints separately. */
export type RateGroup = 'read_users' | 'write_users' | 'read_connections' | 'other'

export interface Rate {
  readonly burst: number
  readonly perMinute: number
}

/** A group without a rate counts as `other`. If `other` has none either, nothing is counted. */
export interface RateLimit {
  readonly name: string
  readonly rates: Readonly<Partial<Record<RateGroup, Rate>>>
}

const TIERS: Readonly<Record<string, RateLimit['rates']>> = {
  off: {},
  // Auth0's documentation, "Rate Limit Configurations" (2026).
  free: { other: { burst: 2, perMinute: 2 * 60 } },
  'self-service': {
    read_users: { burst: 40, perMinute: 500 },
    write_users: { burst: 20, perMinute: 200 },
    read_connections: { burst: 5, perMinute: 50 },
    other: { burst: 10, perMinute: 150 },
  },
  enterprise: { other: { burst: 50, perMinute: 16 * 60 } },
  'enterprise-non-production': { other: { burst: 10, perMinute: 2 * 60 } },
}

// One process cannot answer nearly so many, so a higher number is a typing error.
const BURST_MAX = 100_000
const PER_MINUTE_MAX = 10_000_000

/**
 * The name of a tier, or `BURST/PER_MINUTE`. Fails with `config_invalid` and a sentence that says what was expected.
 */
export function parseRateLimit(text: string): RateLimit {
  if (Object.hasOwn(TIERS, text)) return { name: text, rates: TIERS[text] ?? {} }
  const rate = rateOf(text)
  if (rate !== undefined) return { name: text, rates: { other: rate } }
  throw new Failure('config_invalid', `expected ${Object.keys(TIERS).join(', ')}, or ${RATE_EXPECTED}`)
}

export function parseRate(text: string): Rate | undefined {
  const rate = rateOf(text)
  if (rate !== undefined || text === 'off') return rate
  throw new Failure('config_invalid', `expected off, or ${RATE_EXPECTED}`)
}

const RATE_EXPECTED = `BURST/PER_MINUTE of 1 to ${BURST_MAX} and 1 to ${PER_MINUTE_MAX}`

function rateOf(text: string): Rate | undefined {
  const [, burst, perMinute] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []
  const rate = { burst: Number(burst), perMinute: Number(perMinute) }
  const isSound =
    rate.burst >= 1 && rate.burst <= BURST_MAX && rate.perMinute >= 1 && rate.perMinute <= PER_MINUTE_MAX
  return isSound ? rate : undefined
}

/**
 * Only this machine can connect to a loopback address, so there is no limit. Elsewhere the limit is that of
 * Auth0's widest tier, for which programs that use Auth0 are prepared.
 */
export function defaultRateLimit(host: string): RateLimit {
  return parseRateLimit(isLoopback(host) ? 'off' : 'enterprise')
}
