import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  CSV_DIALECT,
  type CsvDialect,
  DEFAULT_FIELDS,
  type ExportRequest,
  SORT_ATTRIBUTES,
} from '../../src/domain/export-request.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { type PreviewExportDeps, previewExport } from '../../src/flow/preview-export.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgChangeLog } from '../../src/relations/pg-change-log.ts'
import { pgRowPreview } from '../../src/rows/pg-row-preview.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type EngineDatabase } from '../fixtures/engines.ts'
import { csvCells, exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'
import { addUser as addUserTo, connection, openExportTenant, other } from '../fixtures/export-tenant.ts'
import { anyKey, givenWith, NASTY_TEXTS } from '../fixtures/nasty-profiles.ts'
import { assertProperty, PROPERTY_TEST_MS_MAX } from '../fixtures/property-runs.ts'

interface Asked {
  readonly request: ExportRequest
  readonly connectionId: string | undefined
}

const dialects: fc.Arbitrary<Partial<CsvDialect>> = fc.record(
  {
    guard: fc.constantFrom('auth0', 'formula', 'none'),
    delimiter: fc.constantFrom(',', ';', '\t'),
    newline: fc.constantFrom('\n', '\r\n'),
    header: fc.boolean(),
    bom: fc.boolean(),
  },
  { requiredKeys: [] },
)

const fieldNames = fc.constantFrom(
  ...['email', 'user_id', 'name', 'blocked', 'logins_count', 'created_at', 'last_login', 'shoe'],
  ...['identities[0].connection', 'user_metadata.a', 'user_metadata.a.b', 'app_metadata[""]', 'multifactor'],
)

const fields = fc.array(
  fc.record(
    { name: fieldNames, export_as: fc.constantFrom(...NASTY_TEXTS.filter((text) => text !== ''), 'A') },
    { requiredKeys: ['name'] },
  ),
  { minLength: 1, maxLength: 6 },
)

const queries = fc.constantFrom(
  ...['email:*', 'email:u*1@example.com', 'blocked:true', 'NOT blocked:true', 'logins_count:[5 TO *]'],
  ...['_exists_:last_login', '_exists_:user_metadata.a', 'name:"it\'s"', 'email:nobody@example.com'],
)

const sorts = fc.constantFrom(...SORT_ATTRIBUTES.flatMap((name) => [`${name}:1`, `${name}:-1`] as const))

const moments = fc.constantFrom('2026-01-02T03:04:05.678Z', '2020-01-01T00:00:00Z', '2026-06-01T00:00:00Z')

const requests: fc.Arbitrary<Asked> = fc
  .record({
    shared: fc.record(
      { fields, q: queries, sort: sorts, since: moments, limit: fc.integer({ min: 1, max: 16 }) },
      { requiredKeys: [] },
    ),
    csv: fc.option(dialects, { nil: undefined }),
    discovers: fc.boolean(),
    format: fc.constantFrom('csv', 'json'),
    connectionId: fc.constantFrom(undefined, undefined, connection.id, other.id),
  })
  .map(({ shared, csv, discovers, format, connectionId }) => {
    if (format === 'json') return { request: { format, ...shared }, connectionId }
    const columns = discovers ? { metadata_columns: 'discover' as const } : {}
    return {
      request: { format: 'csv', ...shared, ...columns, ...(csv === undefined ? {} : { csv }) },
      connectionId,
    }
  })

/** Users and deletions of an unpacked file, by a reader that is not ours. */
function usersIn(text: string, { format, csv }: ExportRequest): unknown[] {
  if (format === 'json') return jsonLines(text)
  const dialect = { ...CSV_DIALECT, ...csv }
  return csvCells(text, dialect).slice(dialect.header ? 1 : 0)
}

describe.each(ENGINES)('the preview of an export on $name', (engine) => {
  let database: EngineDatabase
  let deps: PreviewExportDeps
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ database, stop } = await openExportTenant(engine))
    deps = {
      connections: pgConnectionStore(database),
      changes: pgChangeLog(database),
      clock: fixedClock('2027-01-01T00:00:00Z'),
      previews: pgRowPreview(database.briefly, musterUsers),
      defaultFields: DEFAULT_FIELDS,
      fieldsMax: 500,
    }
  })
  afterAll(() => stop())
  beforeEach(() => clear())

  async function clear(): Promise<void> {
    await database.query('delete from muster.users')
    await database.query('delete from muster.deleted_users')
  }

  const addUser = (given: JsonObject, to = connection) => addUserTo(database, given, to)
  const previewOf = ({ request, connectionId }: Asked) => previewExport({ request, connectionId }, deps)
  const fileOf = ({ request, connectionId }: Asked) =>
    exported(newExportJob(request, connectionId), exportDeps(database))

  const user = fc.tuple(givenWith(anyKey), fc.constantFrom(connection, other), fc.nat({ max: 9 }))

  test(
    'P37 the preview is the first rows of the real file, for random users and requests',
    async () => {
      const drawn = fc.tuple(
        fc.array(user, { minLength: 1, maxLength: 18 }),
        fc.array(requests, { minLength: 3, maxLength: 6 }),
      )
      await assertProperty(
        fc.asyncProperty(drawn, async ([users, asked]) => {
          await clear()
          for (const [given, to, chance] of users) {
            const profile = await addUser(given, to)
            if (chance === 0) await pgUserStore(database).remove(profile.user_id)
          }
          for (const each of asked) {
            const { text: file, receipt } = await fileOf(each)
            const preview = await previewOf(each)
            expect(file.startsWith(preview.text)).toBe(true)
            expect(preview).toMatchObject({
              columns: receipt.columns,
              isCut: false,
              format: each.request.format,
            })
            const first = usersIn(file, each.request).slice(0, 10)
            expect(preview.users).toBe(first.length)
            expect(usersIn(preview.text, each.request)).toEqual(first)
          }
        }),
        8,
      )
    },
    PROPERTY_TEST_MS_MAX,
  )

  test('P37 the preview has the order of the file where the order has ties and missing values', async () => {
    // Ties are in the order of keys, which is another one than that of their texts.
    await database.query('alter table muster.users alter column key restart with 9995')
    for (let at = 0; at < 25; at++) {
      const login = at % 3 === 0 ? {} : { last_login: `2026-01-0${1 + (at % 2)}T00:00:00.000Z` }
      await addUser({ email: `u${at}@example.com`, logins_count: at % 4, ...login })
    }
    for (const attribute of SORT_ATTRIBUTES) {
      for (const direction of [1, -1] as const) {
        for (const q of [undefined, 'email:u1*']) {
          const request: ExportRequest = {
            format: 'csv',
            fields: [{ name: 'email' }],
            sort: `${attribute}:${direction}`,
            ...(q === undefined ? {} : { q }),
          }
          const asked = { request, connectionId: undefined }
          const lines = (await fileOf(asked)).text.split('\n')
          expect((await previewOf(asked)).text).toBe(`${lines.slice(0, 11).join('\n')}\n`)
        }
      }
    }
  })

  test('P37 the preview has users in the order in which they were added, also where keys get one more digit', async () => {
    await database.query('alter table muster.users alter column key restart with 95')
    for (let at = 0; at < 10; at++) await addUser({ email: `u${at}@example.com`, logins_count: 1 })
    for (const order of [{}, { sort: 'logins_count:1' }]) {
      const request: ExportRequest = { format: 'csv', fields: [{ name: 'email' }], ...order }
      const asked = { request, connectionId: undefined }
      expect((await previewOf(asked)).text).toBe((await fileOf(asked)).text)
    }
  })

  test('P37 a preview has the discovered columns of all users of the file', async () => {
    for (let at = 0; at < 12; at++)
      await addUser({ email: `u${at}@example.com`, user_metadata: { [`m${at}`]: at } })
    const request: ExportRequest = {
      format: 'csv',
      fields: [{ name: 'email' }],
      metadata_columns: 'discover',
    }
    const { columns, users } = await previewOf({ request, connectionId: undefined })
    expect(users).toBe(10)
    expect(columns).toContain('user_metadata.m11')
  })

  test('the preview of no users has the header alone', async () => {
    const request: ExportRequest = { format: 'csv', fields: [{ name: 'email' }] }
    const preview = await previewOf({ request, connectionId: undefined })
    expect(preview).toMatchObject({ columns: ['email'], users: 0, text: 'email\n', isCut: false })
  })

  test('the preview leaves out users who are too large, and says so', async () => {
    const large = 'x'.repeat(300_000)
    for (let at = 0; at < 5; at++) await addUser({ email: `u${at}@example.com`, user_metadata: { large } })
    const request: ExportRequest = {
      format: 'json',
      fields: [{ name: 'email' }, { name: 'user_metadata' }],
    }
    const asked = { request, connectionId: undefined }
    const preview = await previewOf(asked)
    expect(preview).toMatchObject({ users: 3, isCut: true })
    expect(jsonLines(preview.text)).toHaveLength(3)
  })

  test('a preview records no timestamp from which an export could go on', async () => {
    await addUser({ email: 'a@example.com' })
    const before = await database.query('select count(*) from muster.export_moments')
    await previewOf({ request: { format: 'json' }, connectionId: undefined })
    expect(await database.query('select count(*) from muster.export_moments')).toEqual(before)
  })

  test('a preview with too many columns is refused, and the refusal says what to do', async () => {
    const many = Object.fromEntries(Array.from({ length: 1601 }, (_, at) => [`m${at}`, at]))
    await addUser({ email: 'a@example.com', user_metadata: many })
    const request: ExportRequest = { format: 'csv', metadata_columns: 'discover' }
    await expect(previewOf({ request, connectionId: undefined })).rejects.toMatchObject({
      code: 'body_invalid',
      message: expect.stringContaining('choose fewer users'),
    })
  })
})
