import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  CSV_DIALECT,
  type CsvDialect,
  DEFAULT_FIELDS,
  type ExportRequest,
} from '../../src/domain/export-request.ts'
import { type FieldPath, fieldPathText, parseFieldPath } from '../../src/domain/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts'
import type { Profile } from '../../src/domain/profile.ts'
import { brief, decoded } from '../fixtures/decoding.ts'
import { ENGINES, type EngineDatabase } from '../fixtures/engines.ts'
import { csvCells, exportDeps, exported, type FileCell, newExportJob } from '../fixtures/export-harness.ts'
import { addUser as addUserTo, connection, openExportTenant, other } from '../fixtures/export-tenant.ts'
import { anyKey, givenWith } from '../fixtures/nasty-profiles.ts'
import { guardedInside } from '../fixtures/plain-csv.ts'
import { assertProperty, PROPERTY_TEST_MS_MAX } from '../fixtures/property-runs.ts'

const dialects: fc.Arbitrary<CsvDialect> = fc.record({
  guard: fc.constantFrom('auth0', 'formula', 'none'),
  delimiter: fc.constantFrom(',', ';', '\t'),
  newline: fc.constantFrom('\n', '\r\n'),
  header: fc.constant(true),
  bom: fc.boolean(),
})

describe.each(ENGINES)('discovered columns on $name', (engine) => {
  let database: EngineDatabase
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ database, stop } = await openExportTenant(engine))
  })
  afterAll(() => stop())
  beforeEach(() => database.query('delete from muster.users'))

  const addUser = (given: JsonObject, to = connection) => addUserTo(database, given, to)

  async function setUsers(given: readonly JsonObject[]): Promise<Profile[]> {
    await database.query('delete from muster.users')
    const profiles: Profile[] = []
    for (const attributes of given) profiles.push(await addUser(attributes))
    return profiles
  }

  async function textOf(request: Partial<ExportRequest>, connectionId?: string): Promise<string> {
    const asked: ExportRequest = { format: 'csv', metadata_columns: 'discover', ...request }
    return (await exported(newExportJob(asked, connectionId), exportDeps(database))).text
  }

  async function headingsOf(request: Partial<ExportRequest>, connectionId?: string): Promise<string[]> {
    const [header = []] = csvCells(await textOf(request, connectionId), CSV_DIALECT)
    return header.map((cell) => cell.text)
  }

  const fields = [{ name: 'email' }]
  const runs = engine.name === 'embedded' ? 40 : 80

  test(
    'P8 discovered columns are exactly the ends of paths in the metadata of all users',
    async () => {
      const given = fc.array(givenWith(anyKey), { maxLength: 5 })
      await assertProperty(
        fc.asyncProperty(given, async (drawn) => {
          const profiles = await setUsers(drawn)
          const [header = [], ...rows] = csvCells(await textOf({ fields }), CSV_DIALECT)
          const paths = distinct(profiles.flatMap(endsOf))
          expect(header.map((cell) => cell.text)).toEqual([
            'email',
            ...paths.map((path) => guardedInside(fieldPathText(path))),
          ])
          expect(rows).toEqual(
            profiles.map((profile) => [
              { text: `'${profile['email']}`, isQuoted: true },
              ...paths.map((path) => cellOf(endAt(profile, path))),
            ]),
          )
        }),
        runs,
      )
    },
    PROPERTY_TEST_MS_MAX,
  )

  test(
    'P8 a file with discovered columns is read back as what was exported, in every dialect',
    async () => {
      const given = fc.array(givenWith(anyKey), { minLength: 1, maxLength: 5 })
      const asked = fc.constantFrom(
        [],
        ['user_metadata.a'],
        ['app_metadata.a', 'user_metadata.b', 'app_metadata.a.b'],
      )
      await assertProperty(
        fc.asyncProperty(given, asked, dialects, async (drawn, names, csv) => {
          const profiles = await setUsers(drawn)
          const some = { fields: [...DEFAULT_FIELDS, ...names].map((name) => ({ name })) }
          const text = await textOf({ csv, ...(names.length === 0 ? {} : some) })
          const read = await decoded([text], { format: 'csv' })
          expect(read.failure).toBeUndefined()
          expect(brief(read)).toEqual(profiles.map(exportedPart))
        }),
        runs,
      )
    },
    PROPERTY_TEST_MS_MAX,
  )

  test('a field asked for comes first, and discovery does not repeat its path under another heading', async () => {
    await addUser({ email: 'a@example.com', user_metadata: { a: 1, b: { c: 2 }, d: 3 } })
    expect(
      await headingsOf({
        fields: [
          { name: 'user_metadata.d' },
          { name: 'email' },
          { name: 'user_metadata.b.c', export_as: 'C' },
        ],
      }),
    ).toEqual(['user_metadata.d', 'email', 'C', 'user_metadata.a'])
  })

  test('a field under its own name has only values that end there, and a renamed field has the whole value', async () => {
    await addUser({ email: 'a@example.com', user_metadata: { a: { b: 1 }, n: null, e: [] } })
    const names = ['user_metadata.a', 'user_metadata.n', 'user_metadata.e']
    const own = names.map((name) => ({ name }))
    const renamed = names.map((name) => ({ name, export_as: name.toUpperCase() }))
    expect(await textOf({ fields: own })).toBe(`${names},user_metadata.a.b\n,null,[],1\n`)
    expect(await textOf({ fields: renamed })).toBe(
      `${String(names).toUpperCase()},user_metadata.a.b\n"'{""b"":1}",,"'[]",1\n`,
    )
  })

  test('a discovered path distinguishes array positions from names of members', async () => {
    await addUser({ email: 'a@example.com', user_metadata: { a: { 0: 'member' } } })
    await addUser({ email: 'b@example.com', user_metadata: { a: ['element'] } })
    expect(await textOf({ fields })).toBe(
      [
        'email,user_metadata.a.0,user_metadata.a[0]',
        `"'a@example.com","'member",`,
        `"'b@example.com",,"'element"`,
        '',
      ].join('\n'),
    )
  })

  test('discovered columns come only from the users that are exported', async () => {
    await addUser({ email: 'c@example.com', user_metadata: { first: 1 } })
    await addUser({ email: 'b@example.com', user_metadata: { second: 1 } })
    await addUser({ email: 'a@example.com', user_metadata: { third: 1 } }, other)
    expect(await headingsOf({ fields }, other.id)).toEqual(['email', 'user_metadata.third'])
    expect(await headingsOf({ fields, limit: 1 })).toEqual(['email', 'user_metadata.first'])
    expect(await headingsOf({ fields, limit: 2, sort: 'email:1' })).toEqual([
      'email',
      'user_metadata.second',
      'user_metadata.third',
    ])
    expect(await headingsOf({ fields, limit: 0 })).toEqual(['email'])
    expect(await headingsOf({ fields, q: 'email:c* OR user_metadata.third:1' })).toEqual([
      'email',
      'user_metadata.first',
      'user_metadata.third',
    ])
    const later = '2999-01-01T00:00:00.000Z'
    expect(await headingsOf({ fields, since: later })).toEqual(['email'])
  })

  test('discovery gives at most as many columns as PostgreSQL can return, and refuses more', async () => {
    const many = (count: number): JsonObject =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, { v: [index] }]))
    const csv = { newline: '\r\n', delimiter: ';' } as const
    await addUser({ email: 'a@example.com', user_metadata: many(799), app_metadata: many(800) })
    const [header = [], row = []] = csvCells(await textOf({ fields, csv }), { ...CSV_DIALECT, ...csv })
    expect(header).toHaveLength(1600)
    expect(row.map((cell) => cell.text)).toEqual([
      "'a@example.com",
      ...header.slice(1).map((cell) => String(/k(\d+)/.exec(cell.text)?.[1])),
    ])
    await addUser({ email: 'b@example.com', user_metadata: { one: 'more' } })
    await expect(textOf({ fields })).rejects.toMatchObject({ code: 'columns_too_many' })
    await setUsers([{ email: 'c@example.com', user_metadata: { deep: many(2000) } }])
    await expect(textOf({ fields })).rejects.toMatchObject({ code: 'columns_too_many' })
    // Nothing that failed has kept a connection.
    expect(await Promise.all(Array.from({ length: 12 }, () => database.query('select 1')))).toHaveLength(12)
  })
})

/** Where the metadata of a user ends, by the plainest walk. */
function endsOf(profile: JsonObject): FieldPath[] {
  return ['app_metadata', 'user_metadata'].flatMap((root) => {
    const value = profile[root]
    return value === undefined ? [] : walk(value, { root, steps: [] })
  })
}

function walk(value: Json, path: FieldPath): FieldPath[] {
  const inside = membersOf(value)
  if (inside.length === 0) return [path]
  return inside.flatMap(([step, member]) => walk(member, { ...path, steps: [...path.steps, step] }))
}

function membersOf(value: Json): (readonly [string | number, Json])[] {
  if (Array.isArray(value)) return value.map((member: Json, index) => [index, member] as const)
  return isJsonObject(value) ? Object.entries(value) : []
}

function distinct(paths: readonly FieldPath[]): FieldPath[] {
  const headings = [...new Set(paths.map(fieldPathText))]
  const bytes = (heading: string): string => Buffer.from(heading).toString('hex')
  headings.sort((a, b) => (bytes(a) < bytes(b) ? -1 : 1))
  return headings.map((heading) => parseFieldPath(heading) as FieldPath)
}

/** What ends at a path; undefined where nothing is, or where more is inside. */
function endAt(profile: JsonObject, path: FieldPath): Json | undefined {
  let value: Json | undefined = profile[path.root]
  for (const step of path.steps) {
    value = value === undefined ? undefined : membersOf(value).find(([name]) => name === step)?.[1]
  }
  return value === undefined || membersOf(value).length > 0 ? undefined : value
}

function cellOf(value: Json | undefined): FileCell {
  if (typeof value === 'string') return { text: `'${value}`, isQuoted: true }
  if (typeof value === 'number')
    return { text: expect.toSatisfy((text) => Number(text) === value), isQuoted: false }
  return { text: value === undefined ? '' : JSON.stringify(value), isQuoted: false }
}

/** What the default fields and the metadata contain of a user. */
function exportedPart(profile: Profile): JsonObject {
  const present = Object.entries(profile).filter(
    ([name]) => DEFAULT_FIELDS.includes(name) || name.endsWith('_metadata'),
  )
  const [identity] = profile.identities
  const identities = identity === undefined ? {} : { identities: [{ connection: identity.connection }] }
  return { ...(Object.fromEntries(present) as JsonObject), ...identities }
}
