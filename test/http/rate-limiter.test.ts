import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unixSeconds } from '../../src/domain/clock.ts'
import { defaultRateLimit, parseRateLimit, type RateGroup } from '../../src/domain/rate-limit.ts'
import { newRateLimiter } from '../../src/http/rate-limiter.ts'
import { fixedClock } from '../fixtures/clock.ts'

const start = () => fixedClock('2026-01-01T00:00:00Z')
const now = unixSeconds(start().now())

test('a bucket allows its burst, then the sustained rate, and reports how many requests remain', () => {
  const clock = start()
  const limiter = newRateLimiter(parseRateLimit('3/30'), clock)
  const take = () => limiter.take('a', 'other')
  expect(take()).toEqual({ isAllowed: true, limit: 3, remaining: 2, reset: now + 2, retrySeconds: 0 })
  expect(take()).toMatchObject({ isAllowed: true, remaining: 1, reset: now + 4 })
  expect(take()).toMatchObject({ isAllowed: true, remaining: 0, reset: now + 6, retrySeconds: 2 })
  expect(take()).toEqual({ isAllowed: false, limit: 3, remaining: 0, reset: now + 2, retrySeconds: 2 })
  clock.advance({ seconds: 1.5 })
  expect(take()).toEqual({ isAllowed: false, limit: 3, remaining: 0, reset: now + 2, retrySeconds: 1 })
  clock.advance({ seconds: 0.5 })
  expect(take()).toMatchObject({ isAllowed: true, remaining: 0 })
  clock.advance({ seconds: 3600 })
  expect(take()).toMatchObject({ isAllowed: true, remaining: 2 })
})

test('the reset of a client that asked once is the next second, as recorded from Auth0', () => {
  expect(newRateLimiter(parseRateLimit('enterprise'), start()).take('a', 'other')).toMatchObject({
    limit: 50,
    remaining: 49,
    reset: now + 1,
  })
})

test('a client that waits as long as reported is allowed, and no period allows more than burst and rate', () => {
  const steps = fc.array(fc.oneof(fc.constant('wait' as const), fc.nat({ max: 20_000 })), { maxLength: 200 })
  const rates = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 10_000 }))
  fc.assert(
    fc.property(rates, steps, ([burst, perMinute], waits) => {
      const clock = start()
      const limiter = newRateLimiter(parseRateLimit(`${burst}/${perMinute}`), clock)
      let allowed = 0
      for (const wait of waits) {
        const before = limiter.take('a', 'other')
        if (before?.isAllowed) allowed++
        if (wait === 'wait') {
          clock.advance({ seconds: before?.retrySeconds ?? 0 })
          expect(limiter.take('a', 'other')?.isAllowed).toBe(true)
          allowed++
        } else clock.advance({ seconds: wait / 1000 })
        const minutes = (clock.now().getTime() - start().now().getTime()) / 60_000
        expect(allowed).toBeLessThanOrEqual(burst + Math.ceil(minutes * perMinute))
      }
    }),
  )
})

test('a client’s requests do not use up another client’s bucket', () => {
  const limiter = newRateLimiter(parseRateLimit('1/1'), start())
  expect(limiter.take('a', 'other')?.isAllowed).toBe(true)
  expect(limiter.take('a', 'read_users')?.isAllowed).toBe(false)
  expect(limiter.take('b', 'other')?.isAllowed).toBe(true)
})

test('a tier with groups counts each group apart', () => {
  const limiter = newRateLimiter(parseRateLimit('self-service'), start())
  const limits = (['read_users', 'write_users', 'read_connections', 'other'] as RateGroup[]).map((group) =>
    limiter.take('a', group),
  )
  expect(limits.map((allowance) => [allowance?.limit, allowance?.remaining])).toEqual([
    [40, 39],
    [20, 19],
    [5, 4],
    [10, 9],
  ])
})

test('a rate limiter forgets the clients that asked long ago', () => {
  const clock = start()
  const limiter = newRateLimiter(parseRateLimit('10/600'), clock)
  for (let n = 0; n < 10_000; n++) {
    limiter.take(`client ${n}`, 'other')
    if (n % 100 === 99) clock.advance({ seconds: 0.1 })
  }
  expect(limiter.size).toBeLessThanOrEqual(101)
  clock.advance({ seconds: 1 })
  limiter.take('the last', 'other')
  expect(limiter.size).toBe(1)
})

test('a clock that is set back neither adds nor removes allowance', () => {
  const clock = start()
  const limiter = newRateLimiter(parseRateLimit('2/60'), clock)
  limiter.take('a', 'other')
  clock.advance({ seconds: -3600 })
  expect(limiter.take('a', 'other')).toMatchObject({ isAllowed: true, remaining: 0 })
  expect(limiter.take('a', 'other')).toMatchObject({ isAllowed: false, retrySeconds: 1 })
})

describe('the setting MUSTER_RATE_LIMIT', () => {
  test('the rate limit off counts no requests', () => {
    const limiter = newRateLimiter(parseRateLimit('off'), start())
    expect(limiter.take('a', 'other')).toBeUndefined()
    expect(limiter.size).toBe(0)
  })

  test.each([
    '',
    'on',
    'Free',
    '0/1',
    '1/0',
    '5',
    '5/',
    '-1/5',
    '1.5/2',
    '100001/1',
    '1/10000001',
    'toString',
  ])('the rate limit %j is refused with the allowed values', (text) => {
    expect(() => parseRateLimit(text)).toThrow(
      'expected off, free, self-service, enterprise, enterprise-non-production, or BURST/PER_MINUTE',
    )
  })

  test.each([
    ['127.0.0.1', 'off'],
    ['127.1.2.3', 'off'],
    ['::1', 'off'],
    ['localhost', 'off'],
    ['0.0.0.0', 'enterprise'],
    ['::', 'enterprise'],
    ['192.168.1.7', 'enterprise'],
    ['127.0.0.1.example.com', 'enterprise'],
  ])('a server on %s has by default the rate limit %s', (host, name) => {
    expect(defaultRateLimit(host).name).toBe(name)
  })
})
