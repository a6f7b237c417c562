import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import { newConnectionId, newJobId } from '../../src/domain/ids.ts'
import type { ImportJob } from '../../src/domain/job.ts'
import { type RunImportDeps, runImport } from '../../src/flow/run-import.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { memoryObjectStore } from '../fixtures/memory-object-store.ts'

const never = new AbortController().signal

describe.each(ENGINES)('an import on $name', (engine) => {
  let opened: TestDatabase
  let deps: RunImportDeps
  let connection: Connection
  const clock = fixedClock('2026-01-01T00:00:00Z')

  beforeAll(async () => {
    opened = await withDatabase(engine)
  })
  afterAll(() => opened.stop())
  beforeEach(async () => {
    const connections = pgConnectionStore(opened.database)
    for (const { id } of await connections.list()) await connections.remove(id)
    connection = { id: newConnectionId(), name: 'Users', strategy: 'auth0', options: {} }
    await connections.add(connection)
    deps = { connections, users: pgUserStore(opened.database), objects: memoryObjectStore(), clock }
  })

  async function newJob(file: string | Uint8Array, request: object = {}): Promise<ImportJob> {
    const id = newJobId()
    const objectKey = `jobs/${id}/import/users.json`
    const bytes = typeof file === 'string' ? Buffer.from(file) : file
    await deps.objects.put(
      objectKey,
      (async function* () {
        yield bytes
      })(),
      never,
    )
    return {
      id,
      type: 'users_import',
      status: 'processing',
      createdAt: clock.now(),
      connection: { id: connection.id, name: connection.name },
      request: { upsert: false, preserve: false, objectKey, ...request },
    }
  }
  async function imported(users: unknown, request: object = {}) {
    const outcome = await runImport(await newJob(JSON.stringify(users), request), deps, never)
    if (outcome.kind !== 'imported') throw new Error('expected an import')
    return outcome
  }

  test('sound users come in, the others are told in the order of the file', async () => {
    await imported([{ email: 'known@x.io', username: 'known' }])
    const users = [
      { email: 'a@x.io', user_id: '1', user_metadata: { a: [1] }, locale: 'sv' },
      { email: 'nonsense', password_hash: 'secret' },
      { email: 'A@X.IO' },
      { email: 'KNOWN@x.io' },
      { email: 'b@x.io', username: 'Known' },
      { email: 'c@x.io', name: 'a\0b' },
      'text',
    ]
    const { summary, errors } = await imported(users)
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
      created_at: '2026-01-01T00:00:00.000Z',
    })
  })

  test('with upsert a known user is updated', async () => {
    await imported([{ email: 'a@x.io', user_id: '1', family_name: 'Old' }])
    const { summary, errors } = await imported(
      [{ email: 'a@x.io', family_name: 'New' }, { email: 'b@x.io' }],
      {
        upsert: true,
      },
    )
    expect([summary, errors]).toEqual([{ failed: 0, updated: 1, inserted: 1, total: 2 }, []])
    expect(await deps.users.find('auth0|1')).toMatchObject({ family_name: 'New', name: 'a@x.io' })
  })

  test('with preserve a profile comes back as it was given out', async () => {
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
    expect((await imported([profile], { preserve: true })).errors).toEqual([])
    expect(await deps.users.find(profile.user_id)).toEqual(profile)
    const refused = await imported([{ ...profile, email: 'b@x.io' }])
    expect(refused.errors[0]?.errors.map(({ code }) => code)).toEqual(
      Array(5).fill('OBJECT_ADDITIONAL_PROPERTIES'),
    )
  })

  test('run again after a kill, it stores nothing twice and tells the same', async () => {
    const job = await newJob(JSON.stringify([{ email: 'a@x.io' }, { email: 'a@x.io' }, { email: 'b' }]))
    const first = await runImport(job, deps, never)
    expect(await runImport(job, deps, never)).toEqual(first)
    expect(first).toMatchObject({ summary: { failed: 2, updated: 0, inserted: 1, total: 3 } })
  })

  test('an empty array is an import of nobody', async () => {
    expect(await imported([])).toEqual({
      kind: 'imported',
      summary: { failed: 0, updated: 0, inserted: 0, total: 0 },
      errors: [],
    })
  })

  test('a byte order mark is read over', async () => {
    const outcome = await runImport(await newJob('\ufeff[{"email":"a@x.io"}]'), deps, never)
    expect(outcome).toMatchObject({ summary: { inserted: 1 } })
  })

  test.each([
    ['{"email":"a@x.io"}', 'must be a JSON array'],
    ['[{"email":"secret@x.io"},]', 'must be JSON, in UTF-8'],
    ['', 'must be JSON, in UTF-8'],
    [Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), 'must be JSON, in UTF-8'],
    ['['.repeat(100_000), 'must be JSON, in UTF-8'],
  ])(
    'P9 a file that cannot be read fails the job, without a word of what it holds',
    async (file, message) => {
      const failing = runImport(await newJob(file), deps, never)
      await expect(failing).rejects.toMatchObject({
        code: 'import_unreadable',
        message: expect.stringContaining(message),
      })
      await expect(failing).rejects.not.toMatchObject({ message: expect.stringContaining('secret') })
    },
  )

  test('a connection that is gone meanwhile fails the job', async () => {
    const job = await newJob('[]')
    await deps.connections.remove(connection.id)
    await expect(runImport(job, deps, never)).rejects.toMatchObject({ code: 'connection_unknown' })
  })

  test('a user nested too deep is refused, and what the job tells of it can be stored', async () => {
    const deep = `[{"email":"a@x.io","user_metadata":{"d":${'['.repeat(90_000)}${']'.repeat(90_000)}}}]`
    const outcome = await runImport(await newJob(deep), deps, never)
    expect(JSON.stringify(outcome).length).toBeLessThan(1000)
  })
})
