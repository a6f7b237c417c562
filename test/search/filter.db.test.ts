import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import type { Filter } from '../../src/domain/filter.ts'
import { newConnectionId } from '../../src/domain/ids.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { Profile } from '../../src/domain/profile.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { filterSql } from '../../src/search/filter-sql.ts'
import { parseQuery } from '../../src/search/parse-query.ts'
import { newProfile } from '../../src/users/new-profile.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { assertProperty } from '../fixtures/property-runs.ts'
import { attributes, questionTo } from './arbitraries.ts'
import { holds } from './plain-evaluator.ts'
import { type Question, writeQuestion } from './question.ts'

const now = new Date('2026-01-01T00:00:00.000Z')
const connection: Connection = { id: newConnectionId(), name: 'Users', strategy: 'auth0', options: {} }
// Whose addresses and usernames keep their capitals.
const directory: Connection = { id: newConnectionId(), name: 'Directory', strategy: 'waad', options: {} }
const spelling = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 })
const PROPERTY_MS_MAX = 60_000 + 1000 * Number(process.env['MUSTER_PROPERTY_SECONDS'] ?? 0)

describe.each(ENGINES)('filters on $name', (engine) => {
  let db: TestDatabase
  let batches = 0
  beforeAll(async () => {
    db = await withDatabase(engine)
    for (const one of [connection, directory]) await pgConnectionStore(db.database).add(one)
  })
  afterAll(() => db.stop())

  /** Replaces all users and returns those that were stored: a user with a value that another has is not. */
  async function store(given: readonly JsonObject[], into = connection): Promise<Profile[]> {
    await db.database.query('delete from muster.users')
    const profiles = given.map((user) => newProfile(user, { connection: into, now, preserve: true }))
    batches++
    const { refused } = await pgUserStore(db.database).importBatch({
      key: `batch/${batches}`,
      importNumber: batches,
      connection: into,
      users: profiles.map((profile) => ({ profile, given: [] })),
      upsert: 'no',
    })
    const without = new Set(refused.map(({ ordinal }) => ordinal))
    return profiles.filter((_, ordinal) => !without.has(ordinal))
  }

  async function found(filter: Filter): Promise<string[]> {
    const values: string[] = []
    const sql = filterSql(filter, musterUsers, (value) => `$${values.push(value)}`)
    const rows = await db.database.query<{ user_id: string }>(
      `select user_id from muster.users where ${sql}`,
      values,
    )
    return rows.map(({ user_id }) => user_id).sort()
  }

  test(
    'P12 a query finds exactly the users that match',
    async () => {
      const users = fc.array(attributes, { minLength: 1, maxLength: 20 })
      const asking = users.chain((given) =>
        fc.tuple(
          fc.constant(given),
          fc.array(fc.tuple(questionTo(given), spelling), { minLength: 1, maxLength: 40 }),
          fc.constantFrom(connection, directory),
        ),
      )
      await assertProperty(
        fc.asyncProperty(asking, async ([given, questions, into]) => {
          const stored = await store(given, into)
          for (const [one, choices] of questions) {
            const query = writeQuestion(one, inTurn(choices))
            const expected = stored.filter((user) => holds(one, user)).map(({ user_id }) => user_id)
            expect({ query, found: await found(parsed(query)) }).toEqual({ query, found: expected.sort() })
          }
        }),
        30,
      )
    },
    PROPERTY_MS_MAX,
  )

  test('a query matches letters in any case, escaped wildcards, deep levels and the first and last year', async () => {
    const edges = [
      { user_id: '1', email: 'ÉVA@x.io', name: 'a\u{10ffff}\u{10ffff}z', username: 'Eva' },
      {
        user_id: '2',
        email: 'evb@x.io',
        name: 'b',
        username: 'EV',
        app_metadata: { a: [[[[{ b: [[[[7]]]] }]]]] },
      },
    ]
    await store(edges)
    for (const [query, ...expected] of [
      ['email:Éva@X.IO', '1'],
      ['email:ÉV*', '1'],
      ['name:a*', '1'],
      ['username:EVA', '1'],
      ['username:ev*', '1', '2'],
      ['email:e\\v*', '2'],
      ['app_metadata.a.b:7', '2'],
      ['_exists_:app_metadata.a.b', '2'],
      ['created_at:[2026 TO 9999]', '1', '2'],
      ['created_at:>9999'],
      ['created_at:<0001'],
      ['NOT logins_count:0', '1', '2'],
    ] as const)
      expect([query, ...(await found(parsed(query)))]).toEqual([
        query,
        ...expected.map((id) => `auth0|${id}`),
      ])
  })

  test('a name too long for an index is stored, and found as a whole, by its beginning and in a range', async () => {
    // Not to be packed: PostgreSQL's index takes 2,704 bytes.
    const long = Array.from({ length: 350 }, (_, n) =>
      newProfile({ email: `${n}@x.io` }, { connection, now }),
    )
    const name = long.map(({ user_id }) => user_id.slice(-20)).join('')
    await store([
      { user_id: '1', name: `${name}B` },
      { user_id: '2', name: `${name}C` },
      { user_id: '3', name: name.slice(0, 256) },
    ])
    for (const [query, ...expected] of [
      [`name:${name}b`, '1'],
      [`name:${name}*`, '1', '2'],
      [`name:${name.slice(0, 300)}*`, '1', '2'],
      [`name:${name.slice(0, 200)}*`, '1', '2', '3'],
      [`name:${name.slice(0, 256)}`, '3'],
      [`name:>${name.slice(0, 256)}`, '1', '2'],
      [`name:[${name.slice(0, 300)} TO *]`, '1', '2'],
      [`name:<=${name.slice(0, 256)}`, '3'],
    ] as const)
      expect(await found(parsed(query))).toEqual(expected.map((id) => `auth0|${id}`))
  })

  test('a filter’s values may be parameters or settings', async () => {
    const one: Question = { kind: 'bare like', pattern: ['a', { any: 'many' }, "'%"] }
    const filter = parsed(
      `(${writeQuestion(one, () => true)}) app_metadata.a:x logins_count:5 created_at:2017`,
    )
    const values: string[] = []
    filterSql(filter, musterUsers, (value) => `$${values.push(value)}`)
    const session = await db.database.connect()
    for (const [index, value] of values.entries())
      await session.query(`select set_config('muster.p${index}', $1, false)`, [value])
    let count = 0
    const sql = filterSql(filter, musterUsers, () => `current_setting('muster.p${count++}')`)
    expect(await session.query(`select key from muster.users where not (${sql})`)).toBeDefined()
    session.release()
  })
})

function parsed(query: string): Filter {
  const filter = parseQuery(query)
  if ('problem' in filter) throw new Error(`${query}: ${filter.problem} at ${filter.position}`)
  return filter
}

function inTurn(choices: readonly boolean[]): () => boolean {
  let turn = 0
  return () => choices[turn++ % choices.length] ?? false
}
