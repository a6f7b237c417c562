import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ExportRequest, SORT_ATTRIBUTES } from '../../src/domain/export-request.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { Profile } from '../../src/domain/profile.ts'
import type { RowSource } from '../../src/rows/row-source.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { ENGINES, type EngineDatabase } from '../fixtures/engines.ts'
import { csvRows, exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'
import { addUser as addUserTo, connection, openExportTenant, other } from '../fixtures/export-tenant.ts'

// Ties, missing values, and texts that only bytes put into this order.
const GIVEN: readonly JsonObject[] = [
  { email: 'b@example.com', created_at: '2020-01-01T00:00:00.001Z', logins_count: 10 },
  { email: '_b@example.com', created_at: '2020-01-01T00:00:00.000Z', logins_count: 9 },
  { email: "a'b@example.com", last_login: '2021-05-05T00:00:00.000Z' },
  { username: 'none', last_login: '2021-05-05T00:00:00.000Z', logins_count: 9 },
  { email: 'é@example.com', last_login: '0001-01-01T00:00:00.000Z', updated_at: '2019-01-01T00:00:00.000Z' },
  { email: 'z@example.com', created_at: '9999-12-31T23:59:59.999Z', logins_count: 0 },
  { phone_number: '+491', updated_at: '2019-01-01T00:00:00.000Z', logins_count: 9 },
  { email: 'a@example.com', last_login: '2022-05-05T00:00:00.000Z' },
  { username: 'also', logins_count: 100 },
]

describe.each(ENGINES)('a sorted export on $name', (engine) => {
  let database: EngineDatabase
  let stop: () => Promise<void>
  const users: Profile[] = []
  beforeAll(async () => {
    ;({ database, stop } = await openExportTenant(engine))
    for (const to of [connection, other]) {
      for (const [index, given] of GIVEN.entries()) {
        const user_id = `${String((index * 7) % 10)}${to.name}`
        users.push(await addUserTo(database, { user_id, ...given }, to))
      }
    }
  })
  afterAll(() => stop())

  const fields = [{ name: 'user_id' }]

  async function idsOf(request: Partial<ExportRequest>, connectionId?: string, rows?: RowSource) {
    const job = newExportJob({ format: 'json', fields, ...request }, connectionId)
    const deps = exportDeps(database, rows === undefined ? {} : { rows })
    return jsonLines((await exported(job, deps)).text).map((line) => line['user_id'])
  }

  const SORTS = SORT_ATTRIBUTES.flatMap((attribute) => [`${attribute}:1`, `${attribute}:-1`])

  test.each(SORTS)(
    'P1 an export sorted by %s has each user once, with equal values by key and missing values last',
    async (sort) => {
      expect(await idsOf({ sort })).toEqual(sorted(users, sort))
    },
  )

  test.each(SORTS)(
    'an export sorted by %s with a limit has the first users, of all connections or of one',
    async (sort) => {
      const mine = sorted(users.slice(0, GIVEN.length), sort)
      for (const limit of [1, 2, 3, 7, 8, 1e12]) {
        expect(await idsOf({ sort, limit }), String(limit)).toEqual(sorted(users, sort).slice(0, limit))
        expect(await idsOf({ sort, limit }, connection.id)).toEqual(mine.slice(0, limit))
      }
    },
  )

  test('a sorted export with since sorts only the changed users, after the deletions', async () => {
    const { receipt } = await exported(newExportJob({ format: 'json' }), exportDeps(database))
    const changed = users.filter((_, index) => index % 3 === 0)
    for (const { user_id } of changed) await pgUserStore(database).change(user_id, (profile) => ({ profile }))
    const since = receipt.until ?? ''
    expect(await idsOf({ sort: 'email:-1', since })).toEqual(sorted(changed, 'email:-1'))
    expect(await idsOf({ sort: 'email:-1', since, limit: 3 })).toEqual(
      sorted(changed, 'email:-1').slice(0, 3),
    )
  })

  test('a CSV export is sorted as well', async () => {
    const { text } = await exported(
      newExportJob({ format: 'csv', fields, sort: 'logins_count:-1' }),
      exportDeps(database),
    )
    expect(csvRows(text).slice(1)).toEqual(sorted(users, 'logins_count:-1').map((id) => [`'${id}`]))
  })

  test('a sorted export without users is empty', async () => {
    expect(await idsOf({ sort: 'email:1' }, 'con_nobody0123456789')).toEqual([])
  })

  test('P1 a user whose value changes during a sorted export is in the file once', async () => {
    const { rows } = exportDeps(database)
    const disturbed: RowSource = {
      open: async (plan, signal) => {
        const snapshot = await rows.open(plan, signal)
        for (const [index, { user_id }] of users.entries()) {
          await pgUserStore(database).change(user_id, (present) => ({
            profile: { ...present, logins_count: (index * 5) % 11 } as Profile,
          }))
        }
        return snapshot
      },
    }
    const before = sorted(users, 'logins_count:1')
    expect(await idsOf({ sort: 'logins_count:1' }, undefined, disturbed)).toEqual(before)
  })

  test('a sorted export leaves no temporary table behind', async () => {
    await idsOf({ sort: 'email:1' })
    expect(await database.query(`select relname from pg_class where relname like 'muster_order%'`)).toEqual(
      [],
    )
  })
})

// The plainest reading of "sorted": a list of users in the order in which they were added, compared pairwise.
function sorted(users: readonly Profile[], sort: string): string[] {
  const [attribute = '', direction] = sort.split(':')
  const sign = direction === '1' ? 1 : -1
  return users
    .map((user, place) => ({ user, place, value: user[attribute] }))
    .sort((one, two) => {
      if (one.value === undefined || two.value === undefined) {
        const missing = Number(one.value === undefined) - Number(two.value === undefined)
        return missing === 0 ? sign * (one.place - two.place) : missing
      }
      return sign * (compared(one.value, two.value) || one.place - two.place)
    })
    .map(({ user }) => user.user_id)
}

function compared(one: unknown, two: unknown): number {
  if (typeof one === 'number' && typeof two === 'number') return one - two
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(two)))
}
