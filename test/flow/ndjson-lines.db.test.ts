import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Field } from '../../src/domain/export-request.ts'
import { type FieldPath, parseFieldPath } from '../../src/domain/field-path.ts'
import { ATTRIBUTE_NAMES, type Profile } from '../../src/domain/profile.ts'
import type { Database } from '../../src/pg/database.ts'
import { ENGINES } from '../fixtures/engines.ts'
import { exportDeps, exported, jsonLines, newExportJob, valueAtPath } from '../fixtures/export-harness.ts'
import { addUser, openExportTenant } from '../fixtures/export-tenant.ts'
import { anyKey, givenWith } from '../fixtures/nasty-profiles.ts'
import { assertProperty, PROPERTY_TEST_MS_MAX } from '../fixtures/property-runs.ts'

const NAMES = [
  ...ATTRIBUTE_NAMES,
  ...['user_metadata.a', 'user_metadata.b.a', 'user_metadata.a[0]', 'app_metadata.b', 'app_metadata["a.b"]'],
  ...['identities[0].connection', 'identities[0].isSocial', 'identities[1]', 'multifactor[0]', 'email.x'],
  ...['a', 'a.b', 'é'],
]

const field: fc.Arbitrary<Field> = fc.record(
  // Few headings, so that some are asked for twice.
  { name: fc.constantFrom(...NAMES), export_as: fc.oneof(fc.constantFrom('x', 'email', '1'), anyKey) },
  { requiredKeys: ['name'] },
)

describe.each(ENGINES)('NDJSON on $name', (engine) => {
  let database: Database
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ database, stop } = await openExportTenant(engine))
  })
  afterAll(() => stop())

  test(
    'P8 whatever is asked for of whomever, a line is what the plainest encoder writes',
    async () => {
      const users = fc.array(givenWith(anyKey), { minLength: 1, maxLength: 5 })
      const fields = fc.array(field, { minLength: 1, maxLength: 8 })
      await assertProperty(
        fc.asyncProperty(users, fields, async (drawn, asked) => {
          await database.query('delete from muster.users')
          const profiles: Profile[] = []
          for (const given of drawn) profiles.push(await addUser(database, given))
          const job = newExportJob({ format: 'json', fields: asked })
          const { text } = await exported(job, exportDeps(database))
          const lines = jsonLines(text).map((line) => JSON.stringify(line))
          expect(lines).toEqual(profiles.map((profile) => plainLine(profile, asked)))
        }),
        engine.name === 'embedded' ? 60 : 150,
      )
    },
    PROPERTY_TEST_MS_MAX,
  )
})

/** A heading stands where it is asked for first, and has the last value that there is. */
function plainLine(profile: Profile, fields: readonly Field[]): string {
  const members = new Map<string, unknown>()
  for (const { name, export_as: heading = name } of fields) {
    const value = valueAtPath(profile, parseFieldPath(name) as FieldPath)
    members.set(heading, value === undefined ? members.get(heading) : value)
  }
  return JSON.stringify(Object.fromEntries([...members].filter(([, value]) => value !== undefined)))
}
