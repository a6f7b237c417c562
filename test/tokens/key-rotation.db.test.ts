import { decodeProtectedHeader } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addSeconds } from '../../src/domain/clock.ts'
import type { Database } from '../../src/pg/database.ts'
import { type KeyRing, startKeyRing } from '../../src/tokens/key-ring.ts'
import { pgSecretStore } from '../../src/tokens/pg-secret-store.ts'
import { rotateKeys } from '../../src/tokens/signing-key.ts'
import { newTokens, type Tokens } from '../../src/tokens/tokens.ts'
import { type FixedClock, fixedClock } from '../fixtures/clock.ts'
import { ENGINES, withDatabase } from '../fixtures/engines.ts'

const LIFETIME = 3600

interface Machine {
  readonly keys: KeyRing & { stop(): void }
  readonly tokens: Tokens
}

describe.each(ENGINES)('the rotation of keys on $name', (engine) => {
  let clock: FixedClock
  let database: Database
  let stop: () => Promise<void>
  let machines: Machine[]
  beforeEach(async () => {
    clock = fixedClock('2026-01-01T00:00:00Z')
    ;({ database, stop } = await withDatabase(engine))
    machines = [await newMachine(), await newMachine()]
  })
  afterEach(async () => {
    for (const { keys } of machines) keys.stop()
    await stop()
  })

  async function newMachine(): Promise<Machine> {
    const onError = (error: unknown): void => expect.fail(String(error))
    const keys = await startKeyRing({ secrets: pgSecretStore(database), clock, everySeconds: 0.01, onError })
    const tokens = newTokens({ keys, clock, publicUrl: 'https://muster.example', lifetimeSeconds: LIFETIME })
    return { keys, tokens }
  }
  const rotate = (afterSeconds: number): Promise<string> =>
    rotateKeys(pgSecretStore(database), clock, addSeconds(clock.now(), afterSeconds))
  const kidsOf = ({ keys }: Machine) => keys.published().map(({ kid }) => kid)
  const signingOf = ({ keys }: Machine): string => keys.signing().kid
  const accepts = async (token: string): Promise<boolean[]> =>
    Promise.all(
      machines.map(async ({ tokens }) =>
        tokens.verify(`Bearer ${token}`).then(
          () => true,
          () => false,
        ),
      ),
    )

  test('P32 a new key is published by all machines before one signs with the key, and old tokens stay valid', async () => {
    const [one, two] = machines as [Machine, Machine]
    const old = signingOf(one)
    const token = await one.tokens.issue('abc', [])
    const next = await rotate(120)
    await expect
      .poll(() => machines.map(kidsOf))
      .toEqual([
        [old, next],
        [old, next],
      ])
    expect(machines.map(signingOf)).toEqual([old, old])
    clock.advance({ seconds: 119 })
    expect(machines.map(signingOf)).toEqual([old, old])
    clock.advance({ seconds: 1 })
    expect(machines.map(signingOf)).toEqual([next, next])
    expect(machines.map(kidsOf)).toEqual([
      [next, old],
      [next, old],
    ])
    const fresh = await two.tokens.issue('abc', [])
    expect(decodeProtectedHeader(fresh).kid).toBe(next)
    expect([await accepts(token), await accepts(fresh)]).toEqual([
      [true, true],
      [true, true],
    ])
    const late = await newMachine()
    late.keys.stop()
    expect([signingOf(late), kidsOf(late)]).toEqual([next, [next, old]])
  })

  test('P32 a stolen old key makes no valid token once the last old token has ended, and the key stays published', async () => {
    const [one] = machines as [Machine]
    const old = one.keys.signing()
    await rotate(120)
    const next = () => machines.map((machine) => kidsOf(machine).length)
    await expect.poll(next).toEqual([2, 2])
    // One that goes on to sign with the old key.
    const forger = newTokens({
      keys: { ...one.keys, signing: () => old },
      clock,
      publicUrl: 'https://muster.example',
      lifetimeSeconds: 10 * LIFETIME,
    })
    const forged = [await forger.issue('abc', []), await forger.issue('abd', [])]
    clock.advance({ seconds: 120 + LIFETIME })
    expect(await accepts(forged[0] ?? '')).toEqual([true, true])
    clock.advance({ seconds: 1 })
    // The first is remembered as good.
    expect(await accepts(forged[0] ?? '')).toEqual([false, false])
    expect(await accepts(forged[1] ?? '')).toEqual([false, false])
    expect(kidsOf(one)).toContain(old.kid)
  })

  test('P32 rotations at the same time lose no key, and a key that signs no more is kept without its private part', async () => {
    const [one] = machines as [Machine]
    const first = signingOf(one)
    const made = await Promise.all([rotate(60), rotate(60)])
    await expect.poll(() => kidsOf(one).sort()).toEqual([first, ...made].sort())
    expect(signingOf(one)).toBe(first)
    clock.advance({ seconds: 60 })
    const second = signingOf(one)
    expect(made).toContain(second)
    const third = await rotate(60)
    const [row] = await database.query<{ value: { kid: string; has: boolean }[] }>(
      `select jsonb_agg(jsonb_build_object('kid', key->'public'->'kid', 'has', key ? 'private')) as value
       from muster.secrets, jsonb_array_elements(jsonb_build_array(value - 'earlier') || (value->'earlier')) as key
       where name = 'token-signing-key'`,
    )
    const secret = (row?.value ?? []).filter(({ has }) => has).map(({ kid }) => kid)
    expect(secret).toEqual([third, second])
    expect(row?.value).toHaveLength(4)
  })
})
