import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Field } from '../../src/domain/export-request.ts'
import { type FieldPath, parseFieldPath } from '../../src/domain/field-path.ts'
import { ATTRIBUTE_NAMES, type Profile } from '../../src/domain/profile.ts'
import { ENGINES, type EngineDatabase } from '../fixtures/engines.ts'
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
  let database: EngineDatabase
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ database, stop } = await openExportTenant(engine))
  })
  afterAll(() => stop())

  test(
    'P8 a line of any user with any fields equals the line of a plain encoder',
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

  test('P8 a line is never cut in two by Python’s splitlines: values, keys, headings and deletions', async () => {
    await database.query('delete from muster.users')
    const text = 'a\u2028b\u2029c\u0085d'
    const given = { name: text, user_metadata: { [text]: [text] }, [text]: text }
    const gone = await addUser(database, { ...given, user_id: `auth0|${text}` })
    const { receipt } = await exported(newExportJob({ format: 'json' }), exportDeps(database))
    await database.query('delete from muster.users')
    const there = await addUser(database, given)
    const names = ['user_id', 'name', 'user_metadata', text]
    const fields = [...names.map((name) => ({ name })), { name: 'name', export_as: text + text }]
    const job = newExportJob({ format: 'json', fields, since: receipt.until ?? '' })
    const file = await exported(job, exportDeps(database))
    const lines = pythonLines(file.text)
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { user_id: gone.user_id, deleted: true },
      Object.fromEntries([...names.map((name) => [name, there[name]]), [text + text, text]]),
    ])
  })
})

/** Skipped, and said to be, where there is no Python; if CI is set, that is a failure. */
function pythonLines(text: string): string[] {
  const script = 'import json,sys; print(json.dumps(sys.stdin.buffer.read().decode("utf-8").splitlines()))'
  try {
    return JSON.parse(execFileSync('python3', ['-c', script], { input: text, encoding: 'utf8' }))
  } catch (error) {
    if (process.env['CI'] || !(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      throw error
    process.stderr.write('SKIPPED: python3 is not installed, so splitlines is not tested\n')
    return text.split(/\r\n|[\n\r\v\f\x1c-\x1e\u0085\u2028\u2029]/).slice(0, -1)
  }
}

/** A heading stands where it is asked for first, and has the last value that there is. */
function plainLine(profile: Profile, fields: readonly Field[]): string {
  const members = new Map<string, unknown>()
  for (const { name, export_as: heading = name } of fields) {
    const value = valueAtPath(profile, parseFieldPath(name) as FieldPath)
    members.set(heading, value === undefined ? members.get(heading) : value)
  }
  return JSON.stringify(Object.fromEntries([...members].filter(([, value]) => value !== undefined)))
}
