import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headOfLines, type Lines, linesOf } from '../../src/convert/convert-users.ts'
import { columnsOf, newDiscovery } from '../../src/convert/csv-columns.ts'
import { readUsers } from '../../src/convert/read-users.ts'
import { CSV_DIALECT, type CsvOptions, type Field } from '../../src/domain/export-request.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { generatedUsers } from '../../src/generate/users.ts'
import { newProfile } from '../../src/users/new-profile.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { ENGINES, type EngineDatabase, withDatabase } from '../fixtures/engines.ts'
import { exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'
import { anyKey, givenWith, NASTY_TEXTS } from '../fixtures/nasty-profiles.ts'

const connection = { id: 'con_0123456789abcdef', name: 'Users', strategy: 'auth0', options: {} }
const now = new Date('2026-01-02T03:04:05.678Z')

const named = (names: readonly string[]): readonly Field[] => names.map((name) => ({ name }))

/** Everything that the fields below look into. */
const WHOLE = named([
  ...['user_id', 'email', 'name', 'given_name', 'blocked', 'logins_count', 'created_at', 'last_login'],
  ...['multifactor', 'identities', 'user_metadata', 'app_metadata', 'a', '0'],
])

const FIELDS: readonly Field[] = [
  ...named(['user_id', 'email', 'name', 'given_name', 'blocked', 'logins_count', 'created_at', 'last_login']),
  ...named([
    'identities[0].connection',
    'identities[1].isSocial',
    'multifactor[0]',
    'email.x',
    'nowhere',
    'a',
    '0',
  ]),
  ...named(['user_metadata.a', 'user_metadata.0', 'user_metadata["a.b"]', 'user_metadata.consent.given']),
  ...named([
    'app_metadata.stripe',
    'app_metadata.stripe[0].balance',
    'app_metadata["-1"]',
    'app_metadata.a[0]',
  ]),
  { name: 'app_metadata.plan', export_as: '=Plan, or "plan"' },
  { name: 'user_metadata.b', export_as: 'b' },
]

const DIALECTS: readonly CsvOptions[] = [
  ...(['auth0', 'formula', 'none'] as const).map((guard) => ({ guard })),
  { guard: 'formula', delimiter: ';', newline: '\r\n', bom: true },
  { guard: 'none', delimiter: '\t', header: false },
]

async function converted(ndjson: string, lines: Lines): Promise<string> {
  const seen = { user: () => undefined, leftOut: () => expect.fail('a user was left out') }
  let text = headOfLines(lines).join('')
  const entries = readUsers(Readable.from([Buffer.from(ndjson)]), { format: 'ndjson' })
  for await (const line of linesOf(entries, lines, seen)) text += line
  return text
}

async function discovered(ndjson: string, fields: readonly Field[]) {
  const discovery = newDiscovery()
  for await (const entry of readUsers(Readable.from([Buffer.from(ndjson)]), {}))
    if (entry.kind === 'user') discovery.see(entry.value)
  return discovery.added(columnsOf(fields))
}

function users(): readonly JsonObject[] {
  const nasty = fc.sample(givenWith(anyKey), { numRuns: 150, seed: 16 })
  const texts = NASTY_TEXTS.map((text, n) => ({
    email: `text${n}@example.com`,
    name: text === '' ? 'empty' : text,
    user_metadata: { a: text, b: [text, { text }] },
  }))
  const made = [...generatedUsers({ users: 150, seed: 3, isPreserved: true, connection: 'Users' })]
  return [...nasty, ...texts, ...made]
}

/** Two large texts in a failure would hide where they differ. */
function expectEqual(one: string, other: string): void {
  if (one === other) return
  const at = [...one].findIndex((_, index) => one[index] !== other[index])
  const from = Math.max(0, at - 60)
  expect(one.slice(from, at + 60)).toBe(other.slice(from, at + 60))
  expect(one.length).toBe(other.length)
}

describe.each(ENGINES)('a converted NDJSON export, compared with a CSV export on $name', (engine) => {
  let database: EngineDatabase
  let stop: () => Promise<void>
  let ndjson: string
  beforeAll(async () => {
    ;({ database, stop } = await withDatabase(engine))
    await pgConnectionStore(database).add(connection)
    const store = pgUserStore(database)
    for (const given of users()) {
      const profile = newProfile(given, { connection, now, preserve: true })
      expect(await store.add({ profile }, connection)).toBeUndefined()
    }
    ndjson = (await exported(newExportJob({ format: 'json', fields: WHOLE }), exportDeps(database))).text
  })
  afterAll(() => stop())

  test.each(DIALECTS)('the files are equal, byte for byte: %j', async (csv) => {
    const { text } = await exported(
      newExportJob({ format: 'csv', fields: FIELDS, csv }),
      exportDeps(database),
    )
    const dialect = { ...CSV_DIALECT, ...csv }
    expectEqual(await converted(ndjson, { kind: 'csv', columns: columnsOf(FIELDS), dialect }), text)
  })

  test('the files are equal with a column for each path in the metadata', async () => {
    const fields = named(['email', 'user_metadata.a'])
    const request = { format: 'csv', fields, metadata_columns: 'discover' } as const
    const { text } = await exported(newExportJob(request), exportDeps(database))
    const columns = await discovered(ndjson, fields)
    expect(columns.length).toBeGreaterThan(100)
    expectEqual(await converted(ndjson, { kind: 'csv', columns, dialect: CSV_DIALECT }), text)
  })

  test('the files are equal with a single column', async () => {
    const fields = named(['user_metadata.a'])
    const { text } = await exported(newExportJob({ format: 'csv', fields }), exportDeps(database))
    expect(await converted(ndjson, { kind: 'csv', columns: columnsOf(fields), dialect: CSV_DIALECT })).toBe(
      text,
    )
  })

  test('NDJSON keeps all values, and separators of lines stay escaped', async () => {
    const text = await converted(ndjson, { kind: 'ndjson' })
    expect(jsonLines(text)).toEqual(jsonLines(ndjson))
  })
})
