import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newConnectionId } from '../../src/domain/ids.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { keyRanges } from '../../src/rows/pg/key-ranges.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'

const MiB = 1024 * 1024

describe.each(ENGINES)('bundles of lines on $name', (engine) => {
  let opened: TestDatabase
  const connection = { id: newConnectionId(), name: 'Users', strategy: 'auth0', options: {} }
  beforeAll(async () => {
    opened = await withDatabase(engine)
    await pgConnectionStore(opened.database).add(connection)
    // Short lines, and among them long ones: of many digits in few bytes, as older versions stored them.
    await opened.database.query(
      `insert into muster.users (connection_id, user_id, identities, created_at, updated_at, app_metadata)
       select $1, 'u|' || lpad(n::text, 4, '0'), '[]', '2026', '2026',
         case when n between 300 and 340 then (select jsonb_build_object('n', jsonb_agg(('1e' || 3000 + i % 2)::jsonb)) from generate_series(1, 400) i)
         else jsonb_build_object('n', n) end
       from generate_series(1, 700) as n order by n`,
      [connection.id],
    )
  })
  afterAll(() => opened.stop())

  test('a bundle of lines is bounded by bytes, so that large profiles do not become one text', async () => {
    const { database } = opened
    const line = String.raw`(user_id || (app_metadata -> 'n')::text || E'\n')`
    const plan = { format: 'json', columns: [] }
    const reading = {
      ...{
        database,
        clock: fixedClock('2026-01-01T00:00:00Z'),
        parallel: 1,
        usersPerRange: 500,
        columns: [],
        line,
      },
      plan: plan as unknown as Parameters<typeof keyRanges>[1]['plan'],
      relation: musterUsers,
      selection: { relation: musterUsers, conditions: [], wide: [], isNarrow: false, settings: [] },
    }
    const { ranges, lines } = await keyRanges(database, reading)
    expect(lines).toBe(700)
    let longest = 0
    let told = 0n
    for (const range of ranges) {
      const rows = await database.query<{ bytes: number; users: bigint }>(
        `select octet_length(lines) as bytes, users::bigint as users from (${range.lines}) as all_lines`,
      )
      for (const row of rows) {
        longest = Math.max(longest, row.bytes)
        told += row.users
      }
    }
    expect(told).toBe(700n)
    expect(longest).toBeGreaterThan(1 * MiB)
    expect(longest).toBeLessThan(2 * MiB)
  })

  test('the bundles are in the order of the keys, for lines of any size', async () => {
    const { database } = opened
    const line = `case when user_id between 'u|0300' and 'u|0340' then user_id || repeat('x', 70000) else user_id end`
    const reading = {
      ...{
        database,
        clock: fixedClock('2026-01-01T00:00:00Z'),
        parallel: 1,
        usersPerRange: 1000,
        columns: [],
        line,
      },
      plan: { format: 'json', columns: [] } as unknown as Parameters<typeof keyRanges>[1]['plan'],
      relation: musterUsers,
      selection: { relation: musterUsers, conditions: [], wide: [], isNarrow: false, settings: [] },
    }
    const { ranges } = await keyRanges(database, reading)
    let text = ''
    for (const range of ranges)
      for (const { lines } of await database.query<{ lines: string }>(
        `select lines from (${range.lines}) as all_lines`,
      ))
        text += lines.replaceAll('x', '')
    const ids = Array.from({ length: 700 }, (_, index) => `u|${String(index + 1).padStart(4, '0')}`)
    expect(text).toBe(ids.join(''))
  })
})
