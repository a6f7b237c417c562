import { EncryptJWT } from 'jose'
import { expect, test } from 'vitest'
import { addSeconds, unixSeconds } from '../../src/domain/clock.ts'
import { newSealedTokens } from '../../src/tokens/sealed-tokens.ts'
import { fixedClock } from '../fixtures/clock.ts'

const key = Buffer.alloc(32, 1)

test('P45 a sealed token opens to its last second and not after, and in another process with the same key', async () => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const sealed = await newSealedTokens(key, clock).seal('a.b.c', addSeconds(clock.now(), 60))
  const another = newSealedTokens(Buffer.from(key), clock)
  clock.advance({ seconds: 59 })
  expect(await another.open(sealed)).toBe('a.b.c')
  clock.advance({ seconds: 1 })
  expect(await another.open(sealed)).toBeUndefined()
})

test('P45 a token sealed twice looks different each time', async () => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const { seal } = newSealedTokens(key, clock)
  const end = addSeconds(clock.now(), 60)
  expect(await seal('a.b.c', end)).not.toBe(await seal('a.b.c', end))
})

test('P45 a text that was encrypted with the key for another purpose, or without an end, does not open', async () => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const { open } = newSealedTokens(key, clock)
  const made = (typ: string, end?: number) => {
    const jwt = new EncryptJWT({ token: 'a.b.c' }).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ })
    return (end === undefined ? jwt : jwt.setExpirationTime(end)).encrypt(key)
  }
  const end = unixSeconds(clock.now()) + 60
  expect(await open(await made('muster-session', end))).toBe('a.b.c')
  expect(await open(await made('JWT', end))).toBeUndefined()
  expect(await open(await made('muster-session'))).toBeUndefined()
})
