import { expect, test } from 'vitest'
import type { Failure } from '../../src/domain/failure.ts'
import { newClientSecret } from '../../src/domain/ids.ts'
import type { Hasher } from '../../src/hashing/hasher.ts'
import { newAttempts } from '../../src/tokens/attempts.ts'
import { newClientSecrets } from '../../src/tokens/client-secrets.ts'
import { newKnownSecrets } from '../../src/tokens/known-secrets.ts'
import { hashMadeSecret } from '../../src/tokens/secret-hash.ts'
import { fixedClock } from '../fixtures/clock.ts'

/** Client secrets whose slow hashes are counted, and quick. */
function counted(rate = { burst: 3, perMinute: 60 }) {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const count = { slow: 0 }
  const hasher: Hasher = {
    scrypt: async ({ secret, salt }) => {
      count.slow++
      return Buffer.from(`${secret} ${Buffer.from(salt).toString('hex')}`)
    },
    bcrypt: async () => '',
    stop: async () => undefined,
  }
  const secrets = newClientSecrets({
    hasher,
    attempts: newAttempts(rate, clock),
    known: newKnownSecrets(3600, clock),
  })
  return { clock, count, secrets }
}

const at = (address: string, clientId: string, secret: string) => ({ address, clientId, secret })
const refusal = (asking: Promise<unknown>): Promise<Failure> =>
  asking.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: Failure) => error,
  )

test('a secret that Muster made is accepted without a slow hash, even during a flood', async () => {
  const { secrets, count } = counted()
  const made = newClientSecret()
  const hash = hashMadeSecret(made)
  for (let n = 0; n < 3; n++) expect(await secrets.isRight(at('10.0.0.1', 'a', 'wrong'), hash)).toBe(false)
  expect((await refusal(secrets.isRight(at('10.0.0.1', 'a', 'wrong'), hash))).code).toBe('attempts_too_many')
  expect(count.slow).toBe(3)
  expect(await secrets.isRight(at('10.0.0.1', 'a', made), hash)).toBe(true)
  expect(count.slow).toBe(3)
})

test('a correct secret is hashed slowly once, and hashed again after an hour or if the client has another secret', async () => {
  const { secrets, count, clock } = counted()
  const hash = await secrets.hash('a chosen secret')
  expect(count.slow).toBe(1)
  const ask = (secret = 'a chosen secret', stored: string | undefined = hash) =>
    secrets.isRight(at('10.0.0.1', 'a', secret), stored)
  for (let n = 0; n < 10; n++) expect(await ask()).toBe(true)
  expect(count.slow).toBe(1)
  clock.advance({ seconds: 3600 })
  for (let n = 0; n < 10; n++) expect(await ask()).toBe(true)
  expect(count.slow).toBe(2)
  const changed = await secrets.hash('another chosen secret')
  expect(await ask('a chosen secret', changed)).toBe(false)
  expect(await secrets.isRight(at('10.0.0.1', 'a', 'a chosen secret'), undefined)).toBe(false)
  expect(count.slow).toBe(5)
})

test('an unknown client costs as much time as a wrong secret, for each kind of hash', async () => {
  const { secrets, count } = counted({ burst: 100, perMinute: 1 })
  const chosen = await secrets.hash('a chosen secret')
  for (const stored of [undefined, chosen, hashMadeSecret('x')]) {
    const before = count.slow
    expect(await secrets.isRight(at('10.0.0.1', 'a', 'wrong'), stored)).toBe(false)
    expect(count.slow - before).toBe(1)
  }
})

test('wrong secrets are limited by address with the seconds to wait, and correct secrets are not counted', async () => {
  const { secrets, count, clock } = counted()
  const hash = await secrets.hash('a chosen secret')
  clock.advance({ seconds: 4000 })
  count.slow = 0
  for (let n = 0; n < 10; n++)
    expect(await secrets.isRight(at('10.0.0.1', 'a', 'a chosen secret'), hash)).toBe(true)
  for (const clientId of ['b', 'c', 'd'])
    expect(await secrets.isRight(at('10.0.0.1', clientId, 'wrong'), undefined)).toBe(false)
  const { status, headers, mayRetry } = await refusal(
    secrets.isRight(at('10.0.0.1', 'e', 'wrong'), undefined),
  )
  expect([status, headers, mayRetry]).toEqual([429, { 'retry-after': '1' }, true])
  expect(await secrets.isRight(at('10.0.0.2', 'e', 'wrong'), undefined)).toBe(false)
  clock.advance({ seconds: 1 })
  expect(await secrets.isRight(at('10.0.0.1', 'e', 'wrong'), undefined)).toBe(false)
})

test('a client’s secret cannot be guessed from many addresses, and the correct secret is still accepted', async () => {
  const { secrets } = counted()
  // A customer of a provider has more IPv6 addresses than anybody can count.
  for (const address of ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::3'])
    expect(await secrets.isRight(at(address, 'a', 'wrong'), undefined)).toBe(false)
  expect((await refusal(secrets.isRight(at('2001:db8::4', 'b', 'wrong'), undefined))).status).toBe(429)
  // Each address is heard once; then the client's own count holds.
  expect(await secrets.isRight(at('10.0.0.1', 'a', 'wrong'), undefined)).toBe(false)
  expect((await refusal(secrets.isRight(at('10.0.0.1', 'a', 'wrong'), undefined))).status).toBe(429)
  const hash = await secrets.hash('a chosen secret')
  expect(await secrets.isRight(at('10.0.0.2', 'a', 'a chosen secret'), hash)).toBe(true)
})
