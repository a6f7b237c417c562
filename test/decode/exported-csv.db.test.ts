import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CsvDialect } from '../../src/domain/export-request.ts'
import { type FieldPath, parseFieldPath } from '../../src/domain/field-path.ts'
import type { Profile } from '../../src/domain/profile.ts'
import { newProfile } from '../../src/users/new-profile.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { decoded } from '../fixtures/decoding.ts'
import { ENGINES, type EngineDatabase, withDatabase } from '../fixtures/engines.ts'
import { exportDeps, exported, newExportJob, valueAtPath } from '../fixtures/export-harness.ts'
import { NASTY_TEXTS } from '../fixtures/nasty-profiles.ts'

const connection = { id: 'con_0123456789abcdef', name: 'Users', strategy: 'auth0', options: {} }
const now = new Date('2026-01-02T03:04:05.678Z')

const NAMES = [
  'user_metadata["a.b"]',
  'user_metadata.a',
  'given_name',
  'blocked',
  'user_metadata["\\n"]',
  'logins_count',
  'last_login',
  'email',
  'identities[0].connection',
]

const LINES = [
  { delimiter: ',', newline: '\n' },
  { delimiter: ';', newline: '\r\n' },
  { delimiter: '\t', newline: '\n' },
] as const
const DIALECTS: readonly CsvDialect[] = (['auth0', 'formula', 'none'] as const).flatMap((guard) =>
  LINES.flatMap((line) => [true, false].map((header) => ({ guard, ...line, header, bom: header }))),
)

describe.each(ENGINES)('CSV written on $name', (engine) => {
  let database: EngineDatabase
  let stop: () => Promise<void>
  const profiles: Profile[] = []
  beforeAll(async () => {
    ;({ database, stop } = await withDatabase(engine))
    await pgConnectionStore(database).add(connection)
    const texts = NASTY_TEXTS.map((text) => ({
      given_name: text,
      user_metadata: { a: text, 'a.b': `'${text}` },
    }))
    const others = [-1.5, 0, true, false].map((a) => ({ user_metadata: { a, '\n': a } }))
    for (const [index, given] of [
      ...texts,
      ...others,
      { logins_count: 7, last_login: now.toISOString() },
    ].entries()) {
      const attributes = { email: `u${index}@example.com`, blocked: index % 2 === 0, ...given }
      const profile = newProfile(attributes, { connection, now, preserve: true })
      expect(await pgUserStore(database).add({ profile }, connection)).toBeUndefined()
      profiles.push(profile)
    }
  })
  afterAll(() => stop())

  test.each(DIALECTS)('P8 an exported CSV file is read back unchanged: %j', async (csv) => {
    const fields = NAMES.map((name) => ({ name }))
    const { packed } = await exported(newExportJob({ format: 'csv', fields, csv }), exportDeps(database))
    // Without a header a reader cannot distinguish the guards formula and none.
    const reading = csv.header ? {} : { columns: NAMES, guard: csv.guard }
    const { entries, failure } = await decoded([packed], { format: 'csv', csv: reading })
    expect(failure).toBeUndefined()
    expect(entries).toHaveLength(profiles.length)
    entries.forEach((entry, at) => {
      for (const name of NAMES) {
        const path = parseFieldPath(name) as FieldPath
        const value = entry.kind === 'user' ? valueAtPath(entry.value, path) : entry
        expect(value, name).toEqual(valueAtPath(profiles[at], path))
      }
    })
  })
})
