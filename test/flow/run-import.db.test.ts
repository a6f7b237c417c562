import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import { type RunImportDeps, runImport } from '../../src/flow/run-import.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import {
  emptyTenant,
  errorsOf,
  importDeps,
  imported,
  newImportJob,
  wholeRun,
} from '../fixtures/import-harness.ts'

describe.each(ENGINES)("an import by Auth0's form on $name", (engine) => {
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

  const newJob = (file: string | Uint8Array, request: object = {}) =>
    newImportJob({ connection, file, request: { by: 'form', format: 'json', ...request } }, deps)
  const importForm = (users: unknown, request: object = {}) => {
    const file = typeof users === 'string' || users instanceof Uint8Array ? users : JSON.stringify(users)
    return imported({ connection, file, request: { by: 'form', format: 'json', ...request } }, deps)
  }

  test('a form stores the valid users and reports the others in the order of the file', async () => {
    await importForm([{ email: 'known@x.io', username: 'known' }])
    const users = [
      { email: 'a@x.io', user_id: '1', user_metadata: { a: [1] }, locale: 'sv' },
      { email: 'nonsense', password_hash: 'secret' },
      { email: 'A@X.IO' },
      { email: 'KNOWN@x.io' },
      { email: 'b@x.io', username: 'Known' },
      { email: 'c@x.io', name: 'a\0b' },
      'text',
    ]
    const { summary, errors } = await importForm(users)
    expect(summary).toEqual({ failed: 6, updated: 0, inserted: 1, total: 7 })
    expect(errors.map((error) => error.errors.map(({ code }) => code))).toEqual([
      ['FORMAT', 'PATTERN'],
      ['DUPLICATED_USER'],
      ['DUPLICATED_USER'],
      ['CONFLICT_USERNAME'],
      ['FORMAT'],
      ['INVALID_TYPE'],
    ])
    expect(errors[0]?.user).toEqual({ email: 'nonsense', password_hash: '*****' })
    // Recorded from Auth0, without a path.
    expect(errors[2]).toEqual({
      user: { email: 'KNOWN@x.io' },
      errors: [{ code: 'DUPLICATED_USER', message: 'The user already exist and upsert parameter is false' }],
    })
    expect(await deps.users.find('auth0|1')).toMatchObject({
      email: 'a@x.io',
      name: 'a@x.io',
      nickname: 'a',
      locale: 'sv',
      user_metadata: { a: [1] },
      created_at: '2026-01-01T00:00:00.002Z',
    })
  })

  test('a form with upsert updates a known user', async () => {
    await importForm([{ email: 'a@x.io', user_id: '1', family_name: 'Old' }])
    const { summary, errors } = await importForm(
      [{ email: 'a@x.io', family_name: 'New' }, { email: 'b@x.io' }],
      {
        upsert: 'overwrite',
      },
    )
    expect([summary, errors]).toEqual([{ failed: 0, updated: 1, inserted: 1, total: 2 }, []])
    expect(await deps.users.find('auth0|1')).toMatchObject({ family_name: 'New', name: 'a@x.io' })
  })

  const sha256 = (digit: string) => ({
    algorithm: 'sha256',
    hash: { value: digit.repeat(64), encoding: 'hex' },
  })

  test('a custom hash never replaces a user’s own password, and the error uses Auth0’s words', async () => {
    const bcrypt = `$2b$10$${'a'.repeat(53)}`
    await importForm([
      { email: 'a@x.io', user_id: '1', password_hash: bcrypt },
      { email: 'b@x.io', user_id: '2' },
      { email: 'c@x.io', user_id: '3', custom_password_hash: sha256('1') },
    ])
    const file = ['a', 'b', 'c'].map((name) => ({
      email: `${name}@x.io`,
      name: 'New',
      custom_password_hash: sha256('2'),
    }))
    const { summary, errors } = await importForm(file, { upsert: 'overwrite' })
    expect(summary).toEqual({ failed: 2, updated: 1, inserted: 0, total: 3 })
    const masked = { algorithm: 'sha256', hash: { value: '*****', encoding: 'hex' } }
    expect(errors).toEqual(
      file.slice(0, 2).map((user) => ({
        user: { ...user, custom_password_hash: masked },
        errors: [
          {
            code: 'CONFLICT',
            message: 'A custom_password_hash was provided, but the user already has password hash defined',
            path: '#/custom_password_hash',
          },
        ],
      })),
    )
    expect((await deps.users.find('auth0|1'))?.['name']).not.toBe('New')
  })

  test('P18 a form with upsert reports the attributes that were not written', async () => {
    await importForm([{ email: 'a@x.io', user_id: '1', username: 'ada' }])
    const file = [
      { email: 'a@x.io', username: 'other', blocked: true, phone_number: '+1', family_name: 'New' },
      { email: 'b@x.io', blocked: true },
    ]
    const told = await importForm(file, { upsert: 'overwrite' })
    expect(told.summary).toEqual({ failed: 0, updated: 1, inserted: 1, total: 2, incomplete: 1 })
    expect(told.details).toBe(
      'Left out, for the reasons that the errors give: username (1), phone_number (1), blocked (1).',
    )
    expect(told.errors).toEqual([
      {
        user: file[0],
        errors: ['username', 'phone_number', 'blocked'].map((name) => ({
          code: 'LEFT_OUT',
          message: 'An upsert does not change this. The user who is known keeps another value',
          path: `#/${name}`,
        })),
      },
    ])
    expect(await deps.users.find('auth0|1')).toMatchObject({ username: 'ada', family_name: 'New' })
  })

  test('a form with preserve stores an exported profile unchanged', async () => {
    const profile = {
      user_id: 'auth0|507f1f77bcf86cd799439011',
      email: 'a@x.io',
      email_verified: true,
      name: 'A',
      nickname: 'a',
      picture: 'p',
      identities: [
        { connection: 'Users', user_id: '507f1f77bcf86cd799439011', provider: 'auth0', isSocial: false },
        { connection: 'github', user_id: 1, provider: 'github', isSocial: true },
      ],
      created_at: '2019-01-01T00:00:00.001Z',
      updated_at: '2020-01-01T00:00:00.000Z',
      last_login: '2021-01-01T00:00:00.000Z',
      logins_count: 5,
    }
    expect((await importForm([profile], { preserve: true })).errors).toEqual([])
    expect(await deps.users.find(profile.user_id)).toEqual(profile)
    const refused = await importForm([{ ...profile, email: 'b@x.io' }])
    expect(refused.errors[0]?.errors.map(({ code }) => code)).toEqual(
      Array(5).fill('OBJECT_ADDITIONAL_PROPERTIES'),
    )
  })

  test('a form that is imported again after a kill stores no user twice and reports the same', async () => {
    const job = await newJob(JSON.stringify([{ email: 'a@x.io' }, { email: 'a@x.io' }, { email: 'b' }]))
    const first = await runImport(job, deps, wholeRun)
    expect(await runImport(job, deps, wholeRun)).toEqual(first)
    expect(first).toMatchObject({ summary: { failed: 2, updated: 0, inserted: 1, total: 3 } })
  })

  test('an empty array imports no users', async () => {
    const summary = { failed: 0, updated: 0, inserted: 0, total: 0 }
    expect(await importForm('[]')).toEqual({ kind: 'imported', summary, errors: [] })
  })

  test('a form is read strictly: gzip and unknown names are refused', async () => {
    const { errors } = await importForm([{ Email: 'a@x.io' }, { email: 'b@x.io', 'app_metadata.a': 1 }])
    expect(errors).toEqual([
      {
        user: { Email: 'a@x.io' },
        errors: [
          expect.objectContaining({ code: 'OBJECT_REQUIRED' }),
          expect.objectContaining({ message: expect.stringContaining('email was probably meant') }),
        ],
      },
    ])
    expect(await importForm(gzipSync('[{"email":"c@x.io"}]'))).toMatchObject({ kind: 'failed' })
  })

  test('a byte order mark is skipped at the start of a form’s users file', async () => {
    expect(await importForm('\ufeff[{"email":"a@x.io"}]')).toMatchObject({ summary: { inserted: 1 } })
  })

  test.each([
    ['{"email":"a@x.io"}', 'must be a JSON array'],
    ['', 'must be a JSON array'],
    ['['.repeat(100_000), 'breaks off within the user that begins in line 1'],
  ])('P9 a users file that cannot be read fails the job: %.20s', async (file, details) => {
    expect(await importForm(file)).toMatchObject({
      kind: 'failed',
      details: expect.stringContaining(details),
      summary: { failed: 0, updated: 0, inserted: 0, total: 0 },
    })
  })

  test.each([
    ['[{"email":"a@x.io"}, {"email":secret}]', 'not JSON'],
    [Buffer.concat([Buffer.from('[{"email":"a@x.io"},"secret'), Buffer.of(0xff, 0x22, 0x5d)]), 'no UTF-8'],
  ])('P9 an entry that cannot be read is reported without its content', async (file, message) => {
    const { summary, errors } = await importForm(file)
    expect(summary).toEqual({ failed: 1, updated: 0, inserted: 1, total: 2 })
    const told = { code: 'FORMAT', message: expect.stringContaining(message) }
    expect(errors).toEqual([{ user: {}, errors: [told] }])
    expect(JSON.stringify(errors)).not.toContain('secret')
  })

  test('a connection deleted before the import runs fails the job', async () => {
    const job = await newJob('[]')
    await deps.connections.remove(connection.id)
    await expect(runImport(job, deps, wholeRun)).rejects.toMatchObject({ code: 'connection_unknown' })
  })

  test('a user nested too deep is refused, and the report of the job can be stored', async () => {
    const deep = `[{"email":"a@x.io","user_metadata":{"d":${'['.repeat(90_000)}${']'.repeat(90_000)}}}]`
    const job = await newJob(deep)
    await runImport(job, deps, wholeRun)
    const errors = await errorsOf(job, deps)
    expect([errors.length, JSON.stringify(errors).length < 1000]).toEqual([1, true])
  })
})
