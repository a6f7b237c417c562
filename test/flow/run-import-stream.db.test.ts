import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import type { ImportRequest } from '../../src/domain/import-request.ts'
import { isAttribute } from '../../src/domain/profile.ts'
import { type RunImportDeps, runImport } from '../../src/flow/run-import.ts'
import type { UserStore } from '../../src/users/user-store.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import {
  emptyTenant,
  errorsOf,
  importDeps,
  imported,
  newImportJob,
  wholeRun,
} from '../fixtures/import-harness.ts'

const lines = (users: readonly unknown[]): string => users.map((user) => `${JSON.stringify(user)}\n`).join('')
const many = (count: number): { email: string }[] =>
  Array.from({ length: count }, (_, n) => ({ email: `u${n}@x.io` }))

describe.each(ENGINES)('an import of a stream on $name', (engine) => {
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

  const stream = (file: string | Uint8Array, request: Partial<ImportRequest> = {}) =>
    imported({ connection, file, request }, deps)

  async function userCount(): Promise<number> {
    const [row] = await opened.database.query<{ count: bigint }>('select count(*) as count from muster.users')
    return Number(row?.count)
  }

  const users = [
    { email: 'a@x.io', user_id: 'auth0|1', blocked: true, user_metadata: { n: 1 } },
    { email: 'nonsense' },
    { username: 'only-a-name' },
  ]
  const csv = `email,user_id,blocked,user_metadata.n,username\na@x.io,auth0|1,true,1,\nnonsense,,,,\n,,,,only-a-name\n`
  test.each<[ImportRequest['format'], string, readonly number[]]>([
    ['ndjson', lines(users), [2]],
    ['json', JSON.stringify(users, undefined, 1), [10]],
    ['csv', csv, [3]],
  ])(
    'a stream of %s, plain or gzip, stores the valid users and reports the others with their lines',
    async (format, text, at) => {
      for (const file of [text, gzipSync(text)]) {
        connection = await emptyTenant(opened.database)
        const { kind, summary, errors } = await stream(file, { format })
        expect([kind, summary]).toEqual(['imported', { failed: 1, updated: 0, inserted: 2, total: 3 }])
        expect(errors).toEqual([
          {
            user: { email: 'nonsense' },
            errors: [expect.objectContaining({ code: 'FORMAT', path: '#/email' })],
            line: at[0],
          },
        ])
        expect(await deps.users.find('auth0|1')).toMatchObject({
          email: 'a@x.io',
          blocked: true,
          user_metadata: { n: 1 },
        })
      }
    },
  )

  test('a duplicate is reported at any distance, and each error has its line', async () => {
    const file = many(250)
    file[240] = { email: 'U3@x.io' }
    file[7] = { email: 'u6@x.io' }
    file[199] = { email: 'bad' }
    const { summary, errors } = await stream(lines(file))
    expect(summary).toEqual({ failed: 3, updated: 0, inserted: 247, total: 250 })
    expect(errors.map(({ line, errors: [first] }) => [line, first?.code, first?.message])).toEqual([
      [8, 'DUPLICATED_USER', 'Another user of the file has the same email'],
      [200, 'FORMAT', expect.any(String)],
      [241, 'DUPLICATED_USER', 'Another user of the file has the same email'],
    ])
  })

  test('the progress of an import is the part of the file that was read', async () => {
    const told: number[] = []
    const job = await newImportJob({ connection, file: lines(many(10_000)) }, deps)
    await runImport(job, deps, { ...wholeRun, report: (fraction) => told.push(fraction) })
    expect(told.length).toBeGreaterThan(2)
    expect([told.at(-1), [...told].sort((a, b) => a - b)]).toEqual([1, told])
  })

  test('P13 an import killed after any batch and run again stores no user twice and reports the same', async () => {
    const file = many(350)
    for (const n of [10, 110, 210, 310]) file[n] = { email: 'u1@x.io' }
    file[150] = { email: 'bad' }
    const known = lines([{ email: 'u20@x.io' }, { email: 'u320@x.io' }])
    const told = lines(file.map((user) => ({ ...user, blocked: true })))
    const request = { upsert: 'overwrite' } as const
    await stream(known)
    const whole = await stream(told, request)
    expect(whole.summary?.incomplete).toBe(2)
    for (const point of [0, 1, 2, 3, 4, 5, 6, 7]) {
      connection = await emptyTenant(opened.database)
      await stream(known)
      const job = await newImportJob({ connection, file: told, request }, deps)
      const killed = runImport(job, killedAt(point, deps), wholeRun)
      await expect(killed).rejects.toThrow('killed')
      const { kind, summary } = { summary: undefined, ...(await runImport(job, deps, wholeRun)) }
      expect([kind, summary]).toEqual(['imported', whole.summary])
      expect(await errorsOf(job, deps)).toEqual(whole.errors)
      expect(await userCount()).toBe(Number(whole.summary?.inserted) + 2)
    }
  })

  test('P13 a worker that has lost its job stops before the next batch', async () => {
    const aborting = new AbortController()
    const job = await newImportJob({ connection, file: lines(many(350)) }, deps)
    const users: UserStore = {
      ...deps.users,
      importBatch: (batch) => {
        aborting.abort()
        return deps.users.importBatch(batch)
      },
    }
    const run = { ...wholeRun, signal: aborting.signal }
    await expect(runImport(job, { ...deps, users }, run)).rejects.toMatchObject({ name: 'AbortError' })
    expect(await userCount()).toBe(100)
  })

  test('a connection deleted between two batches fails the import with the reason', async () => {
    const job = await newImportJob({ connection, file: lines(many(350)) }, deps)
    const users: UserStore = {
      ...deps.users,
      importBatch: async (batch) => {
        const outcome = await deps.users.importBatch(batch)
        await deps.connections.remove(connection.id)
        return outcome
      },
    }
    await expect(runImport(job, { ...deps, users }, wholeRun)).rejects.toMatchObject({
      code: 'connection_unknown',
    })
    expect(await userCount()).toBe(0)
  })

  test('a dry run reports what the import would do, and stores nothing', async () => {
    await stream(lines([{ email: 'u5@x.io', name: 'Old' }]))
    const file = many(250)
    file[240] = { email: 'u3@x.io' }
    file[17] = { email: 'bad' }
    for (const upsert of ['no', 'overwrite'] as const) {
      const dry = await stream(lines(file), { dryRun: true, upsert })
      expect(await userCount()).toBe(1)
      expect(dry.summary).toMatchObject({ total: 250, updated: upsert === 'no' ? 0 : 1 })
      const rehearsed = await stream(lines(file), { upsert })
      expect(rehearsed).toEqual(dry)
      await opened.database.query(`delete from muster.users where email <> 'u5@x.io'`)
    }
  })

  test('an upsert overwrites or merges metadata, as asked', async () => {
    const metadata = (a: object) => lines([{ email: 'a@x.io', user_id: '1', user_metadata: a }])
    await stream(metadata({ a: 1, b: { c: 1 } }))
    const changed = async (upsert: ImportRequest['upsert'], given: object) => {
      await stream(metadata(given), { upsert })
      return (await deps.users.find('auth0|1'))?.['user_metadata']
    }
    expect(await changed('no', { d: 1 })).toEqual({ a: 1, b: { c: 1 } })
    expect(await changed('merge', { b: { e: 1 }, d: 1 })).toEqual({ a: 1, b: { e: 1 }, d: 1 })
    expect(await changed('overwrite', { f: 1 })).toEqual({ f: 1 })
  })

  test('an upsert with preserve applies every change of a later export to a copy', async () => {
    const times = { created_at: '2019-01-01T00:00:00.001Z', updated_at: '2020-01-01T00:00:00.000Z' }
    const identities = (user_id: string) => [
      { connection: 'Users', user_id, provider: 'auth0', isSocial: false },
    ]
    const copied = [
      { user_id: 'auth0|p1', email: 'p1@x.io', email_verified: true },
      { user_id: 'auth0|p2', username: 'p2' },
      { user_id: 'auth0|p3', phone_number: '+3', phone_verified: true },
      { user_id: 'auth0|p4', email: 'p4@x.io', email_verified: true, user_metadata: { a: [null] } },
    ].map((user) => ({ ...user, identities: identities(user.user_id.slice(6)), ...times }))
    const later = { updated_at: '2025-01-01T00:00:00.000Z' }
    const changed = [
      { ...copied[0], email: 'new@x.io', email_verified: false, ...later },
      { ...copied[1], username: 'p2-new', locale: 'sv', ...later },
      { ...copied[2], phone_number: '+33', ...later },
      { ...copied[3], blocked: true, phone_number: '+4', phone_verified: false, logins_count: 3, ...later },
    ]
    expect(await stream(lines(copied), { preserve: true })).toMatchObject({ errors: [] })
    for (const upsert of ['overwrite', 'merge'] as const)
      for (const file of [copied, changed, changed]) {
        const dry = await stream(lines(file), { preserve: true, upsert, dryRun: true })
        const told = await stream(lines(file), { preserve: true, upsert })
        expect(told).toEqual(dry)
        expect(told).toMatchObject({ summary: { failed: 0, updated: 4, inserted: 0, total: 4 }, errors: [] })
        const present = await Promise.all(copied.map(({ user_id }) => deps.users.find(user_id)))
        expect(present).toMatchObject(file)
      }
  })

  test('an upsert with preserve of the same file twice is no change for an export of changes', async () => {
    const users = [{ user_id: 'auth0|1', email: 'a@x.io', updated_at: '2020-01-01T00:00:00.000Z' }]
    const changes = () =>
      opened.database.query('select changed_at, changed_by from muster.users where user_id = $1', ['auth0|1'])
    const again = { preserve: true, upsert: 'overwrite' } as const
    await stream(lines(users), again)
    const before = await changes()
    expect(await stream(lines(users), again)).toMatchObject({ summary: { updated: 1 } })
    expect(await changes()).toEqual(before)
    await stream(lines([{ ...users[0], name: 'A' }]), again)
    expect(await changes()).not.toEqual(before)
  })

  const exported = {
    user_id: 'github|7',
    email: 'a@x.io',
    email_verified: true,
    identities: [{ connection: 'github', user_id: 7, provider: 'github', isSocial: true }],
    created_at: '2019-01-01T00:00:00.001Z',
    updated_at: '2020-01-01T00:00:00.000Z',
    last_login: '2021-01-01T00:00:00.000Z',
    logins_count: 5,
  }

  test('an import with preserve stores an exported user unchanged, and adds no missing name', async () => {
    connection = await emptyTenant(opened.database, 'github')
    expect(await stream(lines([exported]), { preserve: true })).toMatchObject({ errors: [] })
    expect(await deps.users.find('github|7')).toEqual(exported)
  })

  test('an import without preserve leaves out what only the server sets, and the job reports this', async () => {
    const file = [exported, { email: 'bad' }, { email: 'b@x.io', logins_count: 1 }]
    const { summary, details, errors } = await stream(lines(file))
    expect([summary, details]).toEqual([
      { failed: 1, updated: 0, inserted: 2, total: 3, incomplete: 2 },
      'Left out, since only the server sets them and preserve was not asked for: identities (1), created_at (1), updated_at (1), last_login (1), logins_count (2).',
    ])
    const leftOut = (name: string) => ({
      code: 'LEFT_OUT',
      message: 'Only the server sets this, and preserve was not asked for',
      path: `#/${name}`,
    })
    const names = ['identities', 'created_at', 'updated_at', 'last_login', 'logins_count']
    expect(errors).toEqual([
      { user: exported, errors: names.map(leftOut), line: 1 },
      { user: { email: 'bad' }, errors: [expect.objectContaining({ code: 'FORMAT' })], line: 2 },
      { user: { email: 'b@x.io', logins_count: 1 }, errors: [leftOut('logins_count')], line: 3 },
    ])
    expect(await deps.users.find('auth0|github|7')).toMatchObject({ created_at: '2026-01-01T00:00:00.001Z' })
  })

  test('an unknown root attribute is stored, and the job reports the name with the name probably meant', async () => {
    const { kind, details } = await stream(
      lines([
        { email: 'a@x.io', _id: { $oid: '5dea' }, tenant: 't', createdAt: '2019' },
        { email: 'b@x.io', _id: { $oid: '5deb' } },
      ]),
    )
    expect([kind, details]).toEqual([
      'imported',
      'Kept, though not standard Auth0 fields: _id (2), tenant (1), createdAt (1; probably meant: created_at).',
    ])
  })

  test('a misspelled heading is read as the attribute meant, and a misspelled member is refused', async () => {
    await stream('user_id,\u00a0Name,EMAIL ,\n1,Ann,ann@example.com,\n', { format: 'csv' })
    const ann = await deps.users.find('auth0|1')
    expect(ann).toMatchObject({ name: 'Ann', email: 'ann@example.com' })
    expect(Object.keys(ann ?? {}).filter((name) => !isAttribute(name))).toEqual([])
    const { summary } = await stream(
      '{"email":"b@x.io","Email":"c@x.io"}\n{"email":"d@x.io"," name":"D"}\n{"email":"e@x.io"}\n',
    )
    expect(summary).toMatchObject({ failed: 2, inserted: 1 })
  })

  test.each<[string, Uint8Array | string, ImportRequest['format'], RegExp]>([
    [
      'a list inside an object, as lines',
      JSON.stringify({ users: many(5) }),
      'ndjson',
      /list of users inside/,
    ],
    ['an array, as lines', JSON.stringify(many(5)), 'ndjson', /send it as application\/json/],
    [
      'users over many lines',
      JSON.stringify(many(300), undefined, 2).slice(2),
      'ndjson',
      /The file has no users/,
    ],
    ['UTF-16', Buffer.from(`\ufeff${lines(many(5))}`, 'utf16le'), 'ndjson', /UTF-16/],
  ])(
    'an import of %s stores no user and fails, and the reason names the shape',
    async (_, file, format, reason) => {
      const { kind, details, summary, errors } = await stream(file, { format })
      expect([kind, details]).toEqual(['failed', expect.stringMatching(reason)])
      expect(errors.length).toBeLessThanOrEqual(10)
      expect([summary?.inserted, await userCount()]).toEqual([0, 0])
    },
  )

  test('an import of a file that breaks off keeps and counts the earlier users, and reports the rest', async () => {
    const file = lines([...many(1200), { email: 'bad' }, ...many(2400).slice(1200)])
    const packed = gzipSync(file, { level: 0 })
    const cut = await stream(packed.subarray(0, packed.length / 2))
    expect(cut).toMatchObject({ kind: 'failed', details: expect.stringMatching(/gzip.*byte \d+/) })
    const { failed = 0, inserted = 0, total } = cut.summary ?? {}
    expect([failed, failed + inserted, await userCount()]).toEqual([cut.errors.length, total, inserted])
    expect(inserted).toBeGreaterThan(1000)
    connection = await emptyTenant(opened.database)
    const array = `[${file.trim().replaceAll('\n', ',\n')}]`
    const broken = await stream(array.slice(0, array.length / 2), { format: 'json' })
    expect(broken).toMatchObject({
      kind: 'failed',
      details: expect.stringMatching(/line \d+: its array does not end/),
    })
    expect(await userCount()).toBe(broken.summary?.inserted)
  })

  const twoHashes = {
    email: 'b@x.io',
    password_hash: `$2b$10$${'a'.repeat(53)}`,
    custom_password_hash: { algorithm: 'md5', hash: { value: 'ab', encoding: 'hex' } },
  }
  const good = '{"email":"a@x.io"}\n'
  const bytes = (...parts: (string | Uint8Array)[]) =>
    Buffer.concat(parts.map((part) => Buffer.from(part as string)))
  test.each<[string, Uint8Array, string]>([
    [
      'a line of 64 MiB',
      bytes(good, Buffer.alloc(64 * 1024 * 1024, 'x'), '\n'),
      'Line 2 is longer than 2097152 bytes',
    ],
    ['invalid UTF-8', bytes(good, '{"email":"', Buffer.of(0xff), '"}\n'), 'Line 2 is no UTF-8'],
    ['both hash properties', bytes(good, lines([twoHashes])), "Data matches schema from 'not'"],
    [
      'a deny-listed key',
      bytes(good, lines([{ email: 'b@x.io', app_metadata: { email: 1 } }])),
      "Data matches schema from 'not'",
    ],
    [
      'a user nested too deep',
      bytes(good, `{"email":"b@x.io","a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
      'This cannot be stored: values are nested more than 100 levels deep',
    ],
    [
      'a user without an identifier',
      bytes(good, '{"name":"A"}'),
      "Data does not match any schemas from 'anyOf': one of email, username, phone_number, user_id is needed",
    ],
  ])('an import reports the line of %s, and stores the rest', async (_, file, message) => {
    const { kind, summary, errors } = await stream(file)
    expect([kind, summary]).toEqual(['imported', { failed: 1, updated: 0, inserted: 1, total: 2 }])
    expect([errors[0]?.line, errors[0]?.errors[0]?.message]).toEqual([2, message])
    expect(JSON.stringify(errors).length).toBeLessThan(2000)
  })

  test('a user too large for a profile is refused, and shown with the identifying attributes', async () => {
    const large = { email: 'b@x.io', user_metadata: { text: 'x'.repeat(1_100_000) } }
    const { errors } = await stream(bytes(good, lines([large])))
    expect(errors).toEqual([
      {
        user: { email: 'b@x.io' },
        errors: [expect.objectContaining({ code: 'PROFILE_SIZE_EXCEEDED' })],
        line: 2,
      },
    ])
  })

  test.each<[string, Uint8Array, RegExp, ImportRequest['format']]>([
    ['a gzip bomb', gzipSync(Buffer.alloc(100_000_000, 'x')), /gzip/, 'ndjson'],
    [
      'binary data',
      Buffer.alloc(100_000, Buffer.from([0, 10, 255, 10])),
      /The file has no users \(entries: 1000\)/,
      'ndjson',
    ],
    [
      'a header that repeats a name',
      bytes('email,name,email\na@x.io,A,b@x.io\n'),
      /names "email" twice, in columns 1 and 3/,
      'csv',
    ],
    ['text after the array', bytes('[{"email":"a@x.io"}] x'), /goes on behind its array, in line 1/, 'json'],
  ])('an import of %s fails with the place', async (_, file, details, format) => {
    const outcome = await stream(file, { format })
    expect(outcome).toMatchObject({ kind: 'failed', details: expect.stringMatching(details) })
    const { failed = 0, inserted = 0, total } = outcome.summary ?? {}
    expect([failed + inserted, await userCount(), outcome.errors.length]).toEqual([total, inserted, failed])
  })
})

/** Dependencies that break at the nth thing that is written, done already when n is odd. */
function killedAt(point: number, deps: RunImportDeps): RunImportDeps {
  let writes = 0
  const dying = <A extends readonly unknown[], R>(work: (...given: A) => Promise<R>) => {
    return async (...given: A): Promise<R> => {
      const isLast = writes++ === Math.floor(point / 2)
      if (isLast && point % 2 === 0) throw new Error('killed')
      const result = await work(...given)
      if (isLast) throw new Error('killed')
      return result
    }
  }
  return {
    ...deps,
    users: { ...deps.users, importBatch: dying(deps.users.importBatch) },
    jobs: { ...deps.jobs, addErrors: dying(deps.jobs.addErrors) },
  }
}
