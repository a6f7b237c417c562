import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import type { ImportRequest } from '../../src/domain/import-request.ts'
import type { RunImportDeps } from '../../src/flow/run-import.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { exportDeps, exported, newExportJob } from '../fixtures/export-harness.ts'
import { emptyTenant, importDeps, imported } from '../fixtures/import-harness.ts'
import { givenSecret, harmlessUser, type SecretInUser, secretInUser } from '../fixtures/secret-users.ts'

const bcrypt = `$2b$10$${'a'.repeat(53)}`
const PLAIN_FIELDS = /^[\w.[\]-]+$/

const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`
const lines = (users: readonly object[]): string => users.map((user) => `${JSON.stringify(user)}\n`).join('')

/** As a heading: `extra.profile[0].password`. */
function pathOf({ name, trail }: SecretInUser): string {
  if (trail.length === 0) return name
  return `extra${trail.map((step) => (step === '[]' ? '[0]' : `.${step}`)).join('')}.${name}`
}

describe.each(ENGINES)('P9 secrets of an import on $name', (engine) => {
  let opened: TestDatabase
  let deps: RunImportDeps
  let connection: Connection

  beforeAll(async () => {
    opened = await withDatabase(engine)
  })
  afterAll(() => opened.stop())
  beforeEach(async () => {
    connection = await emptyTenant(opened.database)
    deps = importDeps(opened.database)
  })

  const run = (file: string, request: Partial<ImportRequest>) => imported({ connection, file, request }, deps)

  /** All that can be read of all users: rows, whole profiles as NDJSON, and chosen fields as CSV. */
  async function givenOut(fields: readonly string[]): Promise<string> {
    const parts = fields.map((name) => ({ name }))
    const chosen = parts.length === 0 ? [{ name: 'email' }] : parts
    const csv = await exported(newExportJob({ format: 'csv', fields: chosen }), exportDeps(opened.database))
    const json = await exported(newExportJob({ format: 'json', fields: chosen }), exportDeps(opened.database))
    const rows = await opened.database.query('select u::text as row from muster.users as u')
    return JSON.stringify([csv.text, json.text, rows])
  }

  async function assertHidden(
    secrets: readonly SecretInUser[],
    file: string,
    request: Partial<ImportRequest>,
  ) {
    connection = await emptyTenant(opened.database)
    deps = importDeps(opened.database)
    const { summary, errors } = await run(file, request)
    const paths = secrets.map(pathOf).filter((path) => PLAIN_FIELDS.test(path))
    const shown = JSON.stringify(errors) + (await givenOut([...new Set(paths)].slice(0, 30)))
    for (const { value } of secrets) expect(shown).not.toContain(JSON.stringify(value).slice(1, -1))
    return summary
  }

  test('P15 a secret in any spelling, place and format is never given out', async () => {
    const drawn = fc.sample(secretInUser, { numRuns: 400 })
    const users = drawn.map((secret, n) => ({ email: `${n}@x.io`, ...givenSecret(secret) }))
    const failed = { failed: 400, updated: 0, inserted: 0, total: 400 }
    expect(await assertHidden(drawn, lines(users), { format: 'ndjson' })).toEqual(failed)
    expect(await assertHidden(drawn, JSON.stringify(users), { format: 'json' })).toEqual(failed)
    expect(await assertHidden(drawn, JSON.stringify(users), { format: 'json', by: 'form' })).toEqual(failed)
    // In the errors of users who are refused for another reason, too.
    const unsound = users.map((user) => ({ ...user, email: 'unsound', user_metadata: user }))
    expect(await assertHidden(drawn, lines(unsound), { format: 'ndjson' })).toEqual(failed)
  })

  test('a CSV heading with a path to a secret is refused as well', async () => {
    for (const secret of fc.sample(secretInUser, { numRuns: 25 })) {
      const file = `email,${cell(pathOf(secret))}\na@x.io,${cell(secret.value)}\n`
      expect(await assertHidden([secret], file, { format: 'csv' })).toMatchObject({ failed: 1, inserted: 0 })
    }
  })

  test('P15 names that only sound like secrets are imported and exported as they were', async () => {
    const users = fc.sample(harmlessUser, { numRuns: 200 })
    const file = lines(users.map((user, n) => ({ email: `${n}@x.io`, app_metadata: { user }, ...user })))
    const { summary, details } = await run(file, {})
    expect(summary).toMatchObject({ failed: 0, inserted: 200 })
    expect(details ?? '').not.toContain('looks like a secret')
  })

  test.each([true, false])(
    'a secret in metadata is stored, and its path is reported; dry run: %s',
    async (dryRun) => {
      const users = [1, 2, 3].map((n) => ({
        user_id: String(n),
        email: `${n}@x.io`,
        user_metadata: { plan: 'gold', ...(n < 3 ? { devices: [{ access_token: 'T0Pa' }] } : {}) },
        app_metadata: { legacy: bcrypt },
      }))
      for (const by of ['stream', 'form'] as const) {
        connection = await emptyTenant(opened.database)
        deps = importDeps(opened.database)
        const { summary, details, errors } = await run(JSON.stringify(users), { format: 'json', dryRun, by })
        expect([summary, errors]).toEqual([{ failed: 0, updated: 0, inserted: 3, total: 3 }, []])
        expect(details).toContain('user_metadata.devices[].access_token (2), app_metadata.legacy (3)')
        if (!dryRun)
          expect(await deps.users.find('auth0|1')).toMatchObject({ app_metadata: { legacy: bcrypt } })
      }
    },
  )
})
