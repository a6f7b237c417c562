import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import { newConnectionId } from '../../src/domain/ids.ts'
import type { ImportRequest } from '../../src/domain/import-request.ts'
import type { Json, JsonObject } from '../../src/domain/json.ts'
import { addUser, changeUser } from '../../src/flow/change-user.ts'
import { findByEmail, searchByOffset } from '../../src/flow/search-users.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserFinder } from '../../src/users/pg-user-search.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'
import { emptyTenant, type Imported, importDeps, imported } from '../fixtures/import-harness.ts'

const IDENTITIES = {
  identities: [{ provider: 'waad', connection: 'Users', user_id: 'k1', isSocial: false }],
}
const JANE = { user_id: 'waad|k1', email: 'Jane.Doe@Corp.Example', username: 'Jane.DOE', ...IDENTITIES }

describe.each(ENGINES)('letters of addresses and usernames, on $name', (engine) => {
  let opened: TestDatabase
  let connection: Connection
  beforeAll(async () => {
    opened = await withDatabase(engine)
  })
  afterAll(() => opened.stop())
  beforeEach(async () => {
    connection = await emptyTenant(opened.database, 'waad')
  })

  function taken(users: readonly JsonObject[], request: Partial<ImportRequest> = {}): Promise<Imported> {
    const file = users.map((user) => `${JSON.stringify(user)}\n`).join('')
    return imported(
      { connection, file, request: { preserve: true, ...request } },
      importDeps(opened.database),
    )
  }
  async function exportedUsers(more: JsonObject = {}): Promise<readonly JsonObject[]> {
    const fields = ['user_id', 'email', 'username'].map((name) => ({ name }))
    const job = newExportJob({ format: 'json', fields, ...more })
    return jsonLines((await exported(job, exportDeps(opened.database))).text) as JsonObject[]
  }
  const finder = () => ({
    finder: pgUserFinder(opened.database),
    connections: pgConnectionStore(opened.database),
  })
  async function foundBy(q: string): Promise<readonly string[]> {
    const page = { page: 0, perPage: 100, isTotalWanted: false }
    return (await searchByOffset({ q }, page, finder())).users.map(({ user_id }) => user_id)
  }
  const deps = () => ({
    users: pgUserStore(opened.database),
    connections: pgConnectionStore(opened.database),
    clock: fixedClock('2026-01-01T00:00:00Z'),
    hasher: { bcrypt: async () => 'hash' },
  })

  test('a directory’s user is exported with the capitals of the import', async () => {
    expect((await taken([JANE])).summary).toMatchObject({ inserted: 1 })
    const { identities: _, ...shown } = JANE
    expect(await exportedUsers()).toEqual([shown])
  })

  test('a user with capitals is found in any case by every kind of query', async () => {
    await taken([
      JANE,
      { ...JANE, user_id: 'waad|k2', email: 'jÖrg@x.io', username: 'z', identities: [identity('k2')] },
    ])
    for (const q of [
      'email:jane.doe@corp.example',
      'email:JANE.DOE@CORP.EXAMPLE',
      'email:Jane.Doe@Corp.Example',
      'email:jane.*',
      'email:JA?E*example',
      'email.domain:CORP.example',
      'email:{jane TO janf]',
      'username:jane.doe',
      'username:JANE*',
      'username:[jane TO janf]',
      'jane.doe',
      'JANE.D*',
      'email:jane.doe@corp.example OR email:nobody@x.io',
    ]) {
      expect([q, await foundBy(q)]).toEqual([q, ['waad|k1']])
      expect([q, (await exportedUsers({ q })).map(({ user_id }) => user_id)]).toEqual([q, ['waad|k1']])
    }
    expect(await foundBy('email:JörG@X.io')).toEqual(['waad|k2'])
    // `J` comes before `a`, as a byte, but the letter does not.
    expect(await foundBy('email:<b')).toEqual([])
    expect(await foundBy('NOT email:JANE.doe@corp.example')).toEqual(['waad|k2'])
    expect(
      (await findByEmail('jane.DOE@corp.example', finder())).users.map(({ user_id }) => user_id),
    ).toEqual(['waad|k1'])
  })

  test('a user with a changed address is found only by the new address', async () => {
    const email: Connection = { id: newConnectionId(), name: 'mail', strategy: 'email', options: {} }
    await pgConnectionStore(opened.database).add(email)
    const made = await addUser({ connection: 'mail', attributes: { email: 'Ada@X.io' } }, deps())
    expect(made['email']).toBe('Ada@X.io')
    await changeUser(made.user_id, { attributes: { email: 'Eva@X.io' } }, deps())
    expect(await foundBy('email:ada@x.io')).toEqual([])
    expect(await foundBy('email:eva@x.io')).toEqual([made.user_id])
    await changeUser(made.user_id, { attributes: { email: 'eva@x.io' } }, deps())
    expect(await foundBy('email:EVA@x.io')).toEqual([made.user_id])
    expect(await exportedUsers()).toEqual([{ user_id: made.user_id, email: 'eva@x.io' }])
  })

  test('a database’s user is stored in lower case, and another provider’s user keeps capitals in any connection', async () => {
    const database = await emptyTenant(opened.database)
    connection = database
    const capitals = { email: 'A@X.io', username: 'AA' }
    await taken([
      { user_id: 'auth0|1', ...capitals },
      { ...JANE, ...capitals, identities: [identity('k1')] },
    ])
    const made = await addUser(
      { connection: 'Users', attributes: { email: 'P@X.io' }, password: 'x' },
      deps(),
    )
    await changeUser(made.user_id, { attributes: { username: 'POST' } }, deps())
    expect(await exportedUsers()).toEqual([
      { user_id: 'auth0|1', email: 'a@x.io', username: 'aa' },
      { user_id: 'waad|k1', ...capitals },
      { user_id: made.user_id, email: 'p@x.io', username: 'post' },
    ])
    expect(await foundBy('email:a@x.io')).toEqual(['auth0|1', 'waad|k1'])
  })

  test('two users of a directory may share address, username and number, and users of a database may not', async () => {
    const same = { email: 'Both@X.io', username: 'Both', phone_number: '+1' }
    const two = ['k1', 'k2'].map((id) => ({ user_id: `waad|${id}`, ...same, identities: [identity(id)] }))
    expect((await taken(two, { dryRun: true })).summary).toMatchObject({ inserted: 2, failed: 0 })
    expect((await taken(two)).summary).toMatchObject({ inserted: 2, failed: 0 })
    expect(await foundBy('email:both@x.io')).toEqual(['waad|k1', 'waad|k2'])
    expect((await taken([two[0] as JsonObject])).errors[0]?.errors[0]?.code).toBe('CONFLICT')
    connection = await emptyTenant(opened.database)
    const users = ['1', '2'].map((id) => ({ user_id: `auth0|${id}`, email: `${id}@x.io` }))
    for (const change of [{ email: '1@X.io' }, { username: 'BOTH' }, { phone_number: '+1' }]) {
      connection = await emptyTenant(opened.database)
      const [one, other] = users.map((user) => ({ ...user, username: 'both', phone_number: '+1' }))
      const { username, phone_number, ...rest } = other as Record<string, Json> & JsonObject
      const clash = { ...rest, ...change }
      for (const dryRun of [true, false])
        expect((await taken([one as JsonObject, clash], { dryRun })).summary).toMatchObject({ failed: 1 })
    }
  })

  test('a passwordless address belongs to one user, in any case', async () => {
    connection = await emptyTenant(opened.database, 'email')
    const users = ['Ada@X.io', 'ada@x.IO'].map((email, n) => ({ user_id: `email|${n}`, email }))
    for (const dryRun of [true, false]) {
      const { summary, errors } = await taken(users, { dryRun })
      expect(summary).toMatchObject({ inserted: 1, failed: 1 })
      expect(errors[0]?.errors[0]).toMatchObject({ code: 'DUPLICATED_USER', path: '#/email' })
    }
    expect((await taken([users[1] as JsonObject])).summary).toMatchObject({ failed: 1 })
    const again = addUser({ connection: 'Users', attributes: { email: 'ADA@x.io' } }, deps())
    await expect(again).rejects.toMatchObject({ code: 'user_exists' })
  })

  test('an upsert finds a user by the address, in any case', async () => {
    await taken([JANE])
    const again = { email: 'JANE.doe@corp.example', user_metadata: { plan: 'gold' } }
    for (const dryRun of [true, false])
      expect((await taken([again], { upsert: 'merge', dryRun })).summary).toMatchObject({ updated: 1 })
    expect(await pgUserStore(opened.database).find('waad|k1')).toMatchObject({
      user_metadata: { plan: 'gold' },
    })
  })

  test('an upsert keeps the capitals of a new address, and the user is found in any case', async () => {
    await taken([JANE, { ...JANE, user_id: 'waad|k2', identities: [identity('k2')] }])
    const changed = { ...JANE, email: 'Jane.Roe@Corp.Example', username: 'Jane.Roe' }
    for (const dryRun of [true, false])
      expect(await taken([changed], { upsert: 'overwrite', dryRun })).toMatchObject({
        summary: { updated: 1, failed: 0 },
        errors: [],
      })
    expect(await pgUserStore(opened.database).find('waad|k1')).toMatchObject({
      email: 'Jane.Roe@Corp.Example',
      username: 'Jane.Roe',
    })
    expect(await foundBy('email:JANE.ROE@corp.example')).toEqual(['waad|k1'])
    expect(await foundBy('username:jane.roe')).toEqual(['waad|k1'])
    expect(await foundBy('email:jane.doe@corp.example')).toEqual(['waad|k2'])
  })

  test('the longest values that are looked up fit into their indexes, and so do long names', async () => {
    const long = (length: number, seed: number) =>
      Array.from({ length }, (_, n) =>
        String.fromCodePoint(0x20000 + ((n * 7919 + seed * 104729) % 40_000)),
      ).join('')
    const [email, username, phone_number, name] = [long(512, 1), long(512, 2), long(512, 3), long(5000, 4)]
    const id = `${long(500, 5)}`
    const user = { email, username, phone_number, name }
    for (const strategy of ['waad', 'auth0']) {
      connection = await emptyTenant(opened.database, strategy)
      const whole = { ...user, user_id: `${strategy}|${id}` }
      for (const dryRun of [true, false]) expect((await taken([whole], { dryRun })).errors).toEqual([])
      expect(await pgUserStore(opened.database).find(whole.user_id)).toMatchObject(whole)
      expect(await foundBy(`email:"${email}"`)).toEqual([whole.user_id])
    }
    expect((await taken([{ ...user, email: `${email}x` }])).errors[0]?.errors[0]?.code).toBe('MAX_LENGTH')
  })

  test('a sorted export of addresses with capitals has all users, in byte order', async () => {
    const addresses = ['b@x.io', 'B@x.io', 'a@x.io', 'C@x.io', 'É@x.io']
    await taken(
      addresses.map((email, n) => ({ user_id: `waad|${n}`, email, identities: [identity(`${n}`)] })),
    )
    const users = await exportedUsers({ sort: 'email:1' })
    expect(users.map(({ email }) => email)).toEqual(['B@x.io', 'C@x.io', 'a@x.io', 'b@x.io', 'É@x.io'])
  })
})

function identity(id: string): JsonObject {
  return { provider: 'waad', connection: 'Users', user_id: id, isSocial: false }
}
