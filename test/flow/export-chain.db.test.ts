import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OwnedSession } from '../../src/pg/database.ts'
import { ENGINES, type EngineDatabase, withDatabase } from '../fixtures/engines.ts'
import { exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'

const SECONDS = Number(process.env['MUSTER_PROPERTY_SECONDS'] ?? 4)
const CONNECTION = 'con_0123456789abcdef'

interface Step {
  readonly user: number
  readonly does: 'put' | 'remove' | 'replace'
  /** Round trips before it: how long the transaction stays open. */
  readonly pause: number
}

interface Transaction {
  readonly steps: readonly Step[]
  readonly ends: 'commit' | 'rollback'
}

const step: fc.Arbitrary<Step> = fc.record({
  user: fc.nat({ max: 11 }),
  does: fc.constantFrom('put', 'put', 'remove', 'replace'),
  pause: fc.oneof(fc.constant(0), fc.nat({ max: 3 }), fc.nat({ max: 40 })),
})
const transaction: fc.Arbitrary<Transaction> = fc.record({
  // In one order in every transaction, so that none waits for one that waits for it.
  steps: fc
    .array(step, { minLength: 1, maxLength: 6 })
    .map((steps) => steps.toSorted((one, two) => one.user - two.user)),
  ends: fc.constantFrom('commit', 'commit', 'commit', 'rollback'),
})
const writers = fc.array(fc.array(transaction, { minLength: 1, maxLength: 20 }), {
  minLength: 1,
  maxLength: 4,
})

describe.each(ENGINES)('a chain of exports on $name', (engine) => {
  let database: EngineDatabase
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ database, stop } = await withDatabase(engine))
    await database.query(
      `insert into muster.connections (id, name, strategy, options) values ($1, 'Users', 'auth0', '{}')`,
      [CONNECTION],
    )
  })
  afterAll(() => stop())

  const repeats = engine.name === 'postgres' ? 'and repeats none ' : ''
  test(
    `P11 a chain of exports misses no change ${repeats}during other writes, and its files in order give all users`,
    async () => {
      const endAt = performance.now() + SECONDS * 1000
      do await fc.assert(fc.asyncProperty(writers, oneChain), { numRuns: 3, endOnFailure: true })
      while (performance.now() < endAt)
    },
    (SECONDS + 60) * 1000,
  )

  let version = 0

  async function oneChain(scripts: readonly (readonly Transaction[])[]): Promise<void> {
    await database.query('delete from muster.users')
    await database.query('delete from muster.deleted_users')
    const reader = newReader()
    let since = await reader.follow(undefined)
    let writing = scripts.length
    const done = scripts.map((script) => write(script).finally(() => writing--))
    while (writing > 0) since = await reader.follow(since)
    await Promise.all(done)
    await reader.follow(since)
    expect(reader.users()).toEqual(await present())
    if (engine.name === 'embedded') return
    expect(new Set(reader.told).size, 'no version of a user is told twice').toBe(reader.told.length)
    for (const [user, deletions] of await deletionsOf())
      expect(reader.deletionsOf(user), `no deletion of ${user} is told twice`).toBeLessThanOrEqual(deletions)
  }

  /** Knows of the users what is in the files of a chain, and nothing else. */
  function newReader() {
    const users = new Map<string, unknown>()
    const told: string[] = []
    const deletions: string[] = []
    return {
      told,
      users: () => new Map([...users].sort()),
      deletionsOf: (user: string) => deletions.filter((deleted) => deleted === user).length,
      follow: async (since: string | undefined): Promise<string> => {
        const fields = [{ name: 'user_id' }, { name: 'name' }]
        const job = newExportJob({ format: 'json', fields, ...(since === undefined ? {} : { since }) })
        const { text, receipt } = await exported(job, exportDeps(database))
        for (const line of jsonLines(text)) {
          const id = String(line['user_id'])
          if (line['deleted'] === true) deletions.push(id)
          else told.push(String(line['name']))
          if (line['deleted'] === true) users.delete(id)
          else users.set(id, line['name'])
        }
        return receipt.until ?? ''
      },
    }
  }

  async function write(script: readonly Transaction[]): Promise<void> {
    for (const { steps, ends } of script) {
      const session = await database.connect()
      await session.query('begin')
      for (const step of steps) await take(session, step)
      await session.query(ends)
      session.release()
    }
  }

  async function take(session: OwnedSession, { user, does, pause }: Step): Promise<void> {
    for (let count = 0; count < pause; count++) await session.query('select 1')
    if (does !== 'put') await session.query('delete from muster.users where user_id = $1', [`u${user}`])
    if (does === 'remove') return
    await session.query(
      `insert into muster.users (connection_id, user_id, name, identities, created_at, updated_at)
       values ($1, $2, $3, '[]', now(), now()) on conflict (user_id) do update set name = excluded.name`,
      [CONNECTION, `u${user}`, `v${version++}`],
    )
  }

  async function present(): Promise<Map<string, unknown>> {
    const rows = await database.query<{ user_id: string; name: string }>(
      'select user_id, name from muster.users',
    )
    return new Map(rows.map((row): [string, unknown] => [row.user_id, row.name]).sort())
  }

  async function deletionsOf(): Promise<Map<string, number>> {
    const rows = await database.query<{ user_id: string; count: bigint }>(
      'select user_id, count(*) from muster.deleted_users group by user_id',
    )
    return new Map(rows.map((row) => [row.user_id, Number(row.count)]))
  }
})
