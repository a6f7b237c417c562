import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CsvDialect } from '../../src/domain/export-request.ts'
import { type FieldPath, parseFieldPath } from '../../src/domain/field-path.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { ATTRIBUTES, isAttribute, type Profile } from '../../src/domain/profile.ts'
import { readJson } from '../../src/domain/read-json.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgRowSource } from '../../src/rows/pg-row-source.ts'
import { newProfile } from '../../src/users/new-profile.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { tickingClock } from '../fixtures/clock.ts'
import { ENGINES, type EngineDatabase, withDatabase } from '../fixtures/engines.ts'
import {
  csvCells,
  exportDeps,
  exported,
  type FileCell,
  newExportJob,
  valueAtPath,
} from '../fixtures/export-harness.ts'
import { givenWith, NASTY_TEXTS, plainKey } from '../fixtures/nasty-profiles.ts'
import { guarded } from '../fixtures/plain-csv.ts'
import { assertProperty, PROPERTY_TEST_MS_MAX } from '../fixtures/property-runs.ts'

const connection = { id: 'con_0123456789abcdef', name: 'Users', strategy: 'auth0', options: {} }
const now = new Date('2026-01-02T03:04:05.678Z')

const GUARDS = ['auth0', 'formula', 'none'] as const
const DELIMITERS = [',', ';', '\t'] as const
const NEWLINES = ['\n', '\r\n'] as const
const BOTH = [true, false] as const

const ALL_DIALECTS: readonly CsvDialect[] = GUARDS.flatMap((guard) =>
  DELIMITERS.flatMap((delimiter) =>
    NEWLINES.flatMap((newline) =>
      BOTH.flatMap((header) => BOTH.map((bom) => ({ guard, delimiter, newline, header, bom }))),
    ),
  ),
)

const NAMES = [
  'given_name',
  'blocked',
  'logins_count',
  'last_login',
  'email.x',
  'user_metadata.a',
  'a',
] as const

describe.each(ENGINES)('CSV on $name', (engine) => {
  let database: EngineDatabase
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ database, stop } = await withDatabase(engine))
    await pgConnectionStore(database).add(connection)
  })
  afterAll(() => stop())

  async function setUsers(given: readonly JsonObject[]): Promise<Profile[]> {
    await database.query('delete from muster.users')
    const store = pgUserStore(database)
    const profiles: Profile[] = []
    for (const attributes of given) {
      const profile = newProfile(attributes, { connection, now, preserve: true })
      expect(await store.add({ profile }, connection)).toBeUndefined()
      profiles.push((await store.find(profile.user_id)) as Profile)
    }
    return profiles
  }

  async function textOf(names: readonly string[], csv: Partial<CsvDialect>): Promise<string> {
    const fields = names.map((name) => ({ name }))
    const rows = pgRowSource(database, tickingClock, {
      relation: musterUsers,
      parallel: 2,
      usersPerRange: 20,
      openSnapshot: database.openSnapshot,
    })
    return (await exported(newExportJob({ format: 'csv', fields, csv }), exportDeps(database, { rows }))).text
  }

  async function expectFile(profiles: readonly Profile[], names: readonly string[], dialect: CsvDialect) {
    const text = await textOf(names, dialect)
    expect(text.startsWith('\uFEFF')).toBe(dialect.bom)
    expect(text === '' || text.endsWith(dialect.newline) || text === '\uFEFF').toBe(true)
    const rows = csvCells(text, dialect)
    if (dialect.header) expect(rows.shift()?.map((cell) => cell.text)).toEqual(names)
    expect(rows).toHaveLength(profiles.length)
    profiles.forEach((profile, row) => {
      const wanted = names.map((name) => {
        const value = valueAtPath(profile, parseFieldPath(name) as FieldPath)
        return wantedCell(value, name, dialect, names.length === 1)
      })
      expect(rows[row]?.map(readable)).toEqual(wanted.map(readable))
    })
  }

  test('P8 a CSV file in every dialect gives any reader the values with their guard, and quotes mark the texts', async () => {
    const profiles = await setUsers([
      ...NASTY_TEXTS.map((text, index) => ({
        email: `u${index}@example.com`,
        given_name: text,
        user_metadata: { a: text },
        blocked: index % 2 === 0,
        a: [text, { [`k${text}`]: text }],
      })),
      { email: 'numbers@example.com', user_metadata: { a: -1.5e20 }, logins_count: 7, a: null },
      {
        email: 'nulls@example.com',
        user_metadata: { a: null },
        last_login: '2026-01-01T00:00:00.000Z',
        a: 0,
      },
      { email: 'others@example.com', user_metadata: { a: true }, a: {} },
      { email: 'nothing@example.com' },
    ] as JsonObject[])
    for (const dialect of ALL_DIALECTS) {
      await expectFile(profiles, NAMES, dialect)
      // The last column may be one that COPY does not quote.
      await expectFile(profiles, ['user_metadata.a', 'given_name', 'blocked'], dialect)
    }
  })

  test(
    'P8 a CSV file in any dialect gives back any profile',
    async () => {
      const names = fc.uniqueArray(fc.constantFrom(...NAMES, 'name', 'user_metadata.b', 'app_metadata.a'), {
        minLength: 1,
        maxLength: 6,
      })
      await assertProperty(
        fc.asyncProperty(
          fc.array(givenWith(plainKey), { maxLength: 4 }),
          names,
          fc.constantFrom(...ALL_DIALECTS),
          async (given, drawn, dialect) => expectFile(await setUsers(given), drawn, dialect),
        ),
        engine.name === 'embedded' ? 40 : 80,
      )
    },
    PROPERTY_TEST_MS_MAX,
  )

  test('a CSV file without users is its header, or empty', async () => {
    await setUsers([])
    const names = ['email', 'name']
    expect(await textOf(names, { newline: '\r\n', delimiter: ';', bom: true })).toBe('\uFEFFemail;name\r\n')
    expect(await textOf(names, { guard: 'formula' })).toBe('"email","name"\n')
    expect(await textOf(names, { header: false })).toBe('')
  })

  test('a missing value alone in its line is written as a cell, with every guard', async () => {
    await setUsers([{ email: 'a@example.com' }, { email: 'b@example.com' }])
    for (const guard of GUARDS) {
      for (const name of ['given_name', 'user_metadata.a', 'blocked', 'last_login', 'email.x']) {
        expect(await textOf([name], { guard, header: false, newline: '\r\n' }), name).toBe('""\r\n""\r\n')
      }
    }
  })
})

function wantedCell(value: unknown, name: string, { guard }: CsvDialect, isAlone: boolean): FileCell {
  if (value === undefined || value === null) return { text: '', isQuoted: isAlone }
  const isMoment = isAttribute(name) && ATTRIBUTES[name].kind === 'moment'
  if (typeof value === 'string' && !isMoment) {
    return { text: guarded(value, guard), isQuoted: true }
  }
  if (typeof value === 'object') {
    return { text: guarded(jsonbText(value), guard), isQuoted: true }
  }
  return { text: String(value), isQuoted: false }
}

// Two ways of writing one number or one object are one: PostgreSQL has its own.
function readable({ text, isQuoted }: FileCell): FileCell {
  if (!isQuoted && text !== '' && !Number.isNaN(Number(text))) return { text: String(Number(text)), isQuoted }
  const structure = /^('?)([{[].*[}\]])$/s.exec(text)
  if (!isQuoted || structure === null) return { text, isQuoted }
  try {
    return { text: `${structure[1]}${jsonbText(readJson(structure[2] ?? ''))}`, isQuoted }
  } catch {
    return { text, isQuoted }
  }
}

/** The order of names is jsonb's: shorter ones first. It decides where a guard stands inside. */
function jsonbText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonbText).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => byJsonb(Buffer.from(a), Buffer.from(b)))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jsonbText(member)}`).join(',')}}`
}

function byJsonb(a: Buffer, b: Buffer): number {
  return a.length - b.length || Buffer.compare(a, b)
}
