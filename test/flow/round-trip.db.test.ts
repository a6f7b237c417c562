import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { numberOf } from '../../src/domain/exact-number.ts'
import { type CsvOptions, DEFAULT_FIELDS, type ExportRequest } from '../../src/domain/export-request.ts'
import { fieldPathText } from '../../src/domain/field-path.ts'
import type { ImportFormat } from '../../src/domain/import-request.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { isAttribute } from '../../src/domain/profile.ts'
import { newProfile } from '../../src/users/new-profile.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { exportDeps, exported, newExportJob } from '../fixtures/export-harness.ts'
import { emptyTenant, importDeps, imported } from '../fixtures/import-harness.ts'
import { givenWith } from '../fixtures/nasty-profiles.ts'
import { assertProperty, PROPERTY_TEST_MS_MAX } from '../fixtures/property-runs.ts'

const key = fc.oneof(
  fc.constantFrom('plan', 'email', 'a', '0', '', 'a.b', 'a[0]', ']', 'x,y', 'x;y', '"', "'", '=', 'é', '\n'),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
)

// Of each kind of user that can be made: by address, name or number; here for long or just come; with accounts
// linked or without.
const account = fc.record({
  email: fc.boolean(),
  username: fc.boolean(),
  phone_number: fc.boolean(),
  names: fc.subarray(['name', 'nickname', 'picture'] as const),
  linked: fc.boolean(),
  // Numbers that no double holds, or that JavaScript would write differently.
  digits: fc
    .tuple(
      fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
      fc.constantFrom('', '.0', '.50', '.1234567890123456789'),
    )
    .map(([whole, fraction]) => numberOf(`${whole}${fraction}`)),
})
const user = fc.tuple(givenWith(key), account)
let serial = 0

function accountOf(given: JsonObject, { names, linked, digits, ...has }: AccountOf): JsonObject {
  const n = ++serial
  const { email: _, name: __, ...rest } = given
  const id = n.toString(16).padStart(24, '0')
  const first = { connection: 'Users', user_id: id, provider: 'auth0', isSocial: false }
  const second = { provider: 'github', user_id: n, connection: 'github', isSocial: true }
  return {
    ...rest,
    app_metadata: { digits, ...(rest['app_metadata'] as JsonObject) },
    user_id: `auth0|${id}`,
    identities: linked ? [first, { ...second, profileData: { name: 'N', email_verified: true } }] : [first],
    ...(has.email ? { email: `u${n}@x.io`, email_verified: n % 2 === 0 } : {}),
    ...(has.username ? { username: `u${n}` } : {}),
    ...(has.phone_number ? { phone_number: `+${n}`, phone_verified: true } : {}),
    ...Object.fromEntries(names.map((name) => [name, String(given['name'] ?? name)])),
  }
}
type AccountOf = typeof account extends fc.Arbitrary<infer A> ? A : never

const WHOLE = [
  ...DEFAULT_FIELDS.filter((name) => !name.startsWith('identities')),
  'identities',
  'multifactor',
]

interface Format {
  readonly of: ImportFormat
  readonly request: (extras: readonly string[]) => ExportRequest
}

const named = (names: readonly string[]) => names.map((name) => ({ name }))
const ndjson: Format = {
  of: 'ndjson',
  request: (extras) => ({
    format: 'json',
    fields: named([...WHOLE, 'user_metadata', 'app_metadata', ...extras]),
  }),
}

// A column for each value that these users may have: linked accounts, factors, attributes of their own.
const COLUMNS = [
  ...DEFAULT_FIELDS,
  ...['connection', 'provider', 'user_id', 'isSocial', 'profileData.name', 'profileData.email_verified'].map(
    (member) => `identities[1].${member}`,
  ),
  ...['multifactor[0]', 'multifactor[1]'],
]

function csv(dialect: CsvOptions): Format {
  return {
    of: 'csv',
    request: (extras) => ({
      format: 'csv',
      csv: dialect,
      fields: named([...COLUMNS, ...extras]),
      metadata_columns: 'discover',
    }),
  }
}

describe.each(ENGINES)('what goes out comes back, on $name', (engine) => {
  let opened: TestDatabase
  beforeAll(async () => {
    opened = await withDatabase(engine)
  })
  afterAll(() => opened.stop())

  async function exportAll(request: ExportRequest): Promise<string> {
    return (await exported(newExportJob(request), exportDeps(opened.database))).text
  }

  test.each([
    ['NDJSON', ndjson],
    ['CSV as Auth0 guards it', csv({})],
    [
      'CSV with formulas guarded, for Excel',
      csv({ guard: 'formula', bom: true, delimiter: ';', newline: '\r\n' }),
    ],
    ['CSV without a guard', csv({ guard: 'none', delimiter: '\t' })],
  ])(
    'P14 a file of %s, imported into an empty tenant with preserve and exported again, is equal to the byte',
    async (_, format) => {
      await assertProperty(
        fc.asyncProperty(fc.array(user, { minLength: 1, maxLength: 6 }), async (drawn) => {
          const given = drawn.map(([attributes, kind]) => accountOf(attributes, kind))
          await addUsers(given)
          const extras = given.flatMap((one) => Object.keys(one)).filter((name) => !isAttribute(name))
          const request = format.request(
            [...new Set(extras)].map((root) => fieldPathText({ root, steps: [] })),
          )
          const file = await exportAll(request)
          const deps = importDeps(opened.database)
          const connection = await emptyTenant(opened.database)
          const back = await imported(
            { connection, file, request: { format: format.of, preserve: true } },
            deps,
          )
          expect(back).toEqual({
            kind: 'imported',
            summary: expect.objectContaining({ inserted: given.length }),
            errors: [],
            ...(extras.length > 0 && { details: expect.stringContaining('not standard Auth0 fields') }),
          })
          expect(await exportAll(request)).toBe(file)
        }),
        engine.name === 'embedded' ? 15 : 50,
      )
    },
    PROPERTY_TEST_MS_MAX,
  )

  async function addUsers(given: readonly JsonObject[]): Promise<void> {
    const connection = await emptyTenant(opened.database)
    const store = pgUserStore(opened.database)
    for (const one of given) {
      const profile = newProfile(one, { connection, now: new Date(0), preserve: true })
      expect(await store.add({ profile }, connection)).toBeUndefined()
    }
  }
})
