import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  checkVerification,
  signVerification,
  VERIFICATION_LIFETIME_SECONDS,
} from '../../src/mail/verification-link.ts'
import { fixedClock } from '../fixtures/clock.ts'

const secret = Buffer.alloc(32, 7)
const [user, email] = ['auth0|1', 'ada@example.com']

test('a verification link works through the last second of its five days and is refused in the second after', () => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const link = signVerification(user, email, { secret, clock })
  clock.advance({ seconds: VERIFICATION_LIFETIME_SECONDS })
  expect(VERIFICATION_LIFETIME_SECONDS).toBe(5 * 24 * 3600)
  expect(checkVerification(link, email, { secret, clock })).toBe('valid')
  clock.advance({ seconds: 1 })
  expect(checkVerification(link, email, { secret, clock })).toBe('expired')
})

test('a verification link with one character changed anywhere is void', () => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const link = signVerification(user, email, { secret, clock })
  fc.assert(
    fc.property(
      fc.constantFrom('user', 'email', 'expires', 'signature'),
      fc.nat(),
      fc.constantFrom(...'ABCdef0189-_.@|'),
      (part, position, letter) => {
        const parts = { ...link, email }
        const at = position % parts[part].length
        const changed = parts[part].slice(0, at) + letter + parts[part].slice(at + 1)
        fc.pre(changed !== parts[part])
        const { email: changedEmail, ...query } = { ...parts, [part]: changed }
        expect(checkVerification(query, changedEmail, { secret, clock })).toBe('invalid')
      },
    ),
  )
})

test('a verification link contains no address, and is void if letters move from the address to the user id', () => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const link = signVerification(user, email, { secret, clock })
  expect(JSON.stringify(link)).not.toContain('ada')
  const shifted = { ...link, user: 'auth0|1ada' }
  expect(checkVerification(shifted, '@example.com', { secret, clock })).toBe('invalid')
  expect(checkVerification(link, email, { secret: Buffer.alloc(32, 8), clock })).toBe('invalid')
})
