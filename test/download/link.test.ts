import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LINK_LIFETIME_SECONDS, signLink, verifyLink } from '../../src/download/link.ts'
import { fixedClock } from '../fixtures/clock.ts'

const secret = Buffer.alloc(32, 7)
const key = 'jobs/job_0123456789abcdef/1/tenant.csv.gz'
const notAfter = new Date('2026-01-02T00:00:00Z')

test('P6 a link works through its sixtieth second and is refused in the second after', () => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const link = signLink(key, { secret, clock, notAfter })
  clock.advance({ seconds: LINK_LIFETIME_SECONDS })
  expect(verifyLink(key, link, { secret, clock })).toBe('valid')
  clock.advance({ seconds: 1 })
  expect(verifyLink(key, link, { secret, clock })).toBe('expired')
})

test('P6 a link never outlives its job', () => {
  const clock = fixedClock('2026-01-01T23:59:50Z')
  const link = signLink(key, { secret, clock, notAfter })
  clock.advance({ seconds: 11 })
  expect(verifyLink(key, link, { secret, clock })).toBe('expired')
})

test('P6 a link with one character changed anywhere is void', () => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const link = signLink(key, { secret, clock, notAfter })
  fc.assert(
    fc.property(
      fc.constantFrom('key', 'expires', 'signature'),
      fc.nat(),
      fc.constantFrom(...'ABCdef0189-_./'),
      (part, position, letter) => {
        const parts = { key, ...link }
        const at = position % parts[part].length
        const changed = parts[part].slice(0, at) + letter + parts[part].slice(at + 1)
        fc.pre(changed !== parts[part])
        const { key: changedKey, ...query } = { ...parts, [part]: changed }
        expect(verifyLink(changedKey, query, { secret, clock })).toBe('invalid')
      },
    ),
  )
})

test('P6 a link opens its own object only, and another deployment cannot sign for this one', () => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const link = signLink(key, { secret, clock, notAfter })
  expect(verifyLink(key.replace('csv', 'json'), link, { secret, clock })).toBe('invalid')
  expect(verifyLink(key, link, { secret: Buffer.alloc(32, 8), clock })).toBe('invalid')
  expect(verifyLink(key, {}, { secret, clock })).toBe('invalid')
})
