import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { BatchOutcome, ImportBatch, ImportedUser, UserStore } from '../../src/users/user-store.ts'
import { importedUser, newConnection } from '../fixtures/users.ts'
import type { UserStores } from './user-store.ts'

const start = new Date('2026-01-01T00:00:00.000Z')
const later = new Date('2026-02-01T00:00:00.000Z')

function outcome(inserted: number, updated = 0, refused: BatchOutcome['refused'] = []): BatchOutcome {
  return { inserted, updated, refused }
}

/** What any user store must do with the batches of an import. `open` gives an empty one. */
export function userBatchesContract(open: () => Promise<UserStores>): void {
  let stores: UserStores
  let users: UserStore
  let connection: Connection
  let batches = 0
  beforeAll(async () => {
    stores = await open()
    users = stores.users
  })
  afterAll(() => stores.stop())
  beforeEach(async () => {
    for (const old of await stores.connections.list()) await stores.connections.remove(old.id)
    connection = newConnection('Users')
    await stores.connections.add(connection)
  })

  function imported(given: JsonObject, more: Partial<ImportedUser> = {}, now = start): ImportedUser {
    return { ...importedUser(connection, given, now), ...more }
  }
  function batch(list: readonly ImportedUser[], more: Partial<ImportBatch> = {}): ImportBatch {
    return { key: `job/${batches++}`, connection, users: list, upsert: 'no', importNumber: batches, ...more }
  }

  test('tells of each user what became of it, in order', async () => {
    await users.add(
      imported({ user_id: '1', email: 'a@x.io', username: 'a', phone_number: '+1' }),
      connection,
    )
    const list = [
      imported({ user_id: '2', email: 'new@x.io' }, { credentials: { password_hash: '$2b$10$y' } }),
      imported({ user_id: '3', email: 'a@x.io' }),
      imported({ user_id: '1', email: 'c@x.io' }),
      imported({ user_id: '4', email: 'd@x.io', username: 'a' }),
      imported({ user_id: '5', email: 'e@x.io', phone_number: '+1' }),
      imported({ user_id: '6', email: 'f@x.io', locale: 'sv' }),
    ]
    expect(await users.importBatch(batch(list))).toEqual({
      inserted: 2,
      updated: 0,
      refused: [
        { ordinal: 1, reason: 'email', isInFile: false },
        { ordinal: 2, reason: 'user_id', isInFile: false },
        { ordinal: 3, reason: 'username', isInFile: false },
        { ordinal: 4, reason: 'phone_number', isInFile: false },
      ],
    })
    expect(await users.find('auth0|2')).toEqual(list[0]?.profile)
    expect(await users.find('auth0|6')).toEqual(list[5]?.profile)
    expect(await users.find('auth0|4')).toBeUndefined()
    expect(await stores.credentials('auth0|2')).toMatchObject({ password_hash: '$2b$10$y' })
    expect(await stores.credentials('auth0|6')).toBeUndefined()
  })

  test('an empty batch is fine', async () => {
    expect(await users.importBatch(batch([]))).toEqual(outcome(0))
    expect(await users.importBatch(batch([], { upsert: 'overwrite' }))).toEqual(outcome(0))
  })

  test('P13 a batch is stored once: told again, it changes nothing and gives the same answer', async () => {
    const once = batch([imported({ user_id: '1', email: 'a@x.io' })], { upsert: 'overwrite' })
    expect(await users.importBatch(once)).toEqual(outcome(1))
    await users.remove('auth0|1')
    expect(await users.importBatch(once)).toEqual(outcome(1))
    expect(await users.find('auth0|1')).toBeUndefined()
  })

  test('P5 two workers on one batch store it once and tell the same', async () => {
    const list = Array.from({ length: 50 }, (_, i) => imported({ user_id: `${i}`, email: `${i}@x.io` }))
    const same = batch(list)
    const [one, other] = await Promise.all([users.importBatch(same), users.importBatch(same)])
    expect(one).toEqual(outcome(50))
    expect(other).toEqual(one)
  })

  test('an update takes over what the file gave of the attributes that may change, and no default', async () => {
    await users.add(
      imported({
        user_id: '1',
        email: 'a@x.io',
        email_verified: true,
        name: 'Ada',
        given_name: 'Ada',
        username: 'ada',
        user_metadata: { old: 1 },
        app_metadata: { keep: true },
      }),
      connection,
    )
    const before = await users.find('auth0|1')
    const given = {
      email: 'A@x.io',
      user_id: '9',
      username: 'other',
      blocked: true,
      given_name: 'Augusta',
      user_metadata: { new: 2 },
    }
    const list = [imported(given, {}, later), imported({ user_id: '2', email: 'b@x.io' })]
    expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(outcome(1, 1))
    expect(await users.find('auth0|1')).toEqual({
      ...before,
      given_name: 'Augusta',
      user_metadata: { new: 2 },
      updated_at: later.toISOString(),
    })
    expect(await users.find('auth0|9')).toBeUndefined()
  })

  test('an update matches on the address alone: another id in the way is a conflict', async () => {
    await users.add(imported({ user_id: '1', email: 'a@x.io' }), connection)
    const list = [imported({ user_id: '1', email: 'b@x.io' })]
    expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(
      outcome(0, 0, [{ ordinal: 0, reason: 'user_id', isInFile: false }]),
    )
  })

  test('an update of one connection leaves the same address in another alone', async () => {
    const other = newConnection('Others')
    await stores.connections.add(other)
    await users.add(imported({ user_id: '1', email: 'a@x.io', name: 'One' }), other)
    const list = [imported({ user_id: '2', email: 'a@x.io', name: 'Two' })]
    expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(outcome(1))
    expect(await users.find('auth0|1')).toMatchObject({ name: 'One' })
  })

  test('an update takes over a custom hash until the user has logged in, and never a bcrypt one', async () => {
    const credentials = { password_hash: '$2b$10$first' }
    const seen = imported({ user_id: '2', email: 'b@x.io', logins_count: 1, last_login: start.toISOString() })
    await users.add({ ...imported({ user_id: '1', email: 'a@x.io' }), credentials }, connection)
    await users.add({ ...seen, credentials }, connection)
    await users.add({ ...imported({ user_id: '3', email: 'c@x.io' }), credentials }, connection)
    const custom = { credentials: { custom_password_hash: { algorithm: 'md5' } } }
    const list = [
      imported({ email: 'a@x.io' }, custom),
      imported({ email: 'b@x.io' }, custom),
      imported({ email: 'c@x.io' }, { credentials: { password_hash: '$2b$10$second' } }),
    ]
    await users.importBatch(batch(list, { upsert: 'overwrite' }))
    const custom1 = { custom_password_hash: { algorithm: 'md5' }, password_hash: null }
    expect(await stores.credentials('auth0|1')).toMatchObject(custom1)
    expect(await stores.credentials('auth0|2')).toMatchObject(credentials)
    expect(await stores.credentials('auth0|3')).toMatchObject(credentials)
  })

  test('with preserve an update takes over what only the server sets, and identities of the same user alone', async () => {
    const identities = [{ connection: 'github', user_id: 7, provider: 'github', isSocial: true }]
    const given = { created_at: '2019-01-01T00:00:00.000Z', logins_count: 3, last_ip: '::1', identities }
    await users.add(imported({ user_id: '1', email: 'a@x.io' }), connection)
    await users.add(imported({ user_id: '2', email: 'b@x.io' }), connection)
    const list = [
      imported({ ...given, user_id: '1', email: 'a@x.io' }, {}, later),
      imported({ ...given, email: 'b@x.io' }, {}, later),
    ]
    expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(outcome(0, 2))
    expect(await users.find('auth0|1')).toMatchObject({ ...given, updated_at: later.toISOString() })
    const second = await users.find('auth0|2')
    expect(second).toMatchObject({ ...given, identities: [{ connection: 'Users', user_id: '2' }] })
  })

  test('a merge adds members of metadata, replaces them, and takes away what is null; of a new user, too', async () => {
    const before = { old: 1, gone: 2, deep: { kept: false } }
    await users.add(imported({ user_id: '1', email: 'a@x.io', user_metadata: before }), connection)
    const given = { new: [1], gone: null, deep: { a: null } }
    const list = [
      imported({ email: 'a@x.io', user_metadata: given, app_metadata: { plan: 'pro' } }),
      imported({ user_id: '2', email: 'b@x.io', user_metadata: given }),
    ]
    expect(await users.importBatch(batch(list, { upsert: 'merge' }))).toEqual(outcome(1, 1))
    expect(await users.find('auth0|1')).toMatchObject({ app_metadata: { plan: 'pro' } })
    const merged = { old: 1, deep: { a: null }, new: [1] }
    expect((await users.find('auth0|1'))?.['user_metadata']).toEqual(merged)
    expect((await users.find('auth0|2'))?.['user_metadata']).toEqual({ deep: { a: null }, new: [1] })
  })

  test('whom an import has brought or changed, it meets again as a duplicate of its own file', async () => {
    await users.add(imported({ user_id: '1', email: 'a@x.io' }), connection)
    const same = { importNumber: Number.MAX_SAFE_INTEGER, upsert: 'overwrite' } as const
    const first = [imported({ email: 'a@x.io', name: 'First' }), imported({ user_id: '2', email: 'b@x.io' })]
    expect(await users.importBatch(batch(first, same))).toEqual(outcome(1, 1))
    const second = [
      imported({ email: 'b@x.io' }),
      imported({ email: 'a@x.io', name: 'Second' }),
      imported({ user_id: '3', email: 'c@x.io' }),
      imported({ user_id: '4', email: 'c@x.io' }),
    ]
    const refusal = { reason: 'email', isInFile: true } as const
    const refused = [0, 1, 3].map((ordinal) => ({ ordinal, ...refusal }))
    expect(await users.importBatch(batch(second, same))).toEqual(outcome(1, 0, refused))
    expect(await users.find('auth0|1')).toMatchObject({ name: 'First' })
    const another = await users.importBatch(batch([imported({ email: 'c@x.io' })]))
    expect(another).toEqual(outcome(0, 0, [{ ordinal: 0, reason: 'email', isInFile: false }]))
  })

  test('why a user is refused does not depend on how a file is cut', async () => {
    await users.add(imported({ user_id: 'known', email: 'a@x.io' }), connection)
    const list = [imported({ user_id: '1', email: 'b@x.io' }), imported({ user_id: '1', email: 'a@x.io' })]
    const refused = [{ ordinal: 1, reason: 'email', isInFile: false }] as const
    expect(await users.importBatch(batch(list))).toEqual(outcome(1, 0, refused))
  })

  test('a user whom the database cannot hold after all is refused alone', async () => {
    await users.add(imported({ user_id: 'known', email: 'k@x.io' }), connection)
    const list = Array.from({ length: 9 }, (_, i) => imported({ user_id: `${i}`, email: `${i}@x.io` }))
    list[4] = imported({ user_id: '4', email: '4@x.io', name: 'a\0b' })
    list[8] = imported({ user_id: '8', email: 'k@x.io', user_metadata: { a: '\0' } })
    const refused = [4, 8].map((ordinal) => ({ ordinal, reason: 'unstorable', isInFile: false }) as const)
    expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(outcome(7, 0, refused))
    expect(await stores.ids()).toEqual(['known', 0, 1, 2, 3, 5, 6, 7].map((id) => `auth0|${id}`))
  })

  test('users lie in the order of the file, whoever of a large batch is refused', async () => {
    const list = Array.from({ length: 3000 }, (_, i) =>
      imported({ user_id: `${(i * 7919) % 3000}`, email: `${i}@x.io` }),
    )
    await users.add(imported({ user_id: 'x', email: '2999@x.io' }), connection)
    const refused = [{ ordinal: 2999, reason: 'email', isInFile: false }] as const
    expect(await users.importBatch(batch(list))).toEqual(outcome(2999, 0, refused))
    const expected = list.slice(0, -1).map(({ profile }) => profile.user_id)
    expect(await stores.ids()).toEqual(['auth0|x', ...expected])
  })

  test('two imports of the same users at once bring each of them once', async () => {
    const list = Array.from({ length: 200 }, (_, i) => imported({ user_id: `${i}`, email: `${i}@x.io` }))
    const [one, other] = await Promise.all([users.importBatch(batch(list)), users.importBatch(batch(list))])
    expect([one.inserted, other.inserted].sort((a, b) => a - b)).toEqual([0, 200])
    expect([...one.refused, ...other.refused].filter(({ isInFile }) => isInFile)).toEqual([])
    expect(await stores.ids()).toHaveLength(200)
  })

  test('a dry run stores nobody, knows its own duplicates across batches, and gives back what it holds', async () => {
    await users.add(imported({ user_id: '1', email: 'a@x.io' }), connection)
    // More than any pool here has connections.
    for (let round = 0; round < 12; round++) {
      const dry = await users.openDryRun(connection, 'overwrite')
      const list = [imported({ email: 'a@x.io' }), imported({ user_id: '2', email: 'b@x.io' })]
      expect(await dry.check(list)).toEqual(outcome(1, 1))
      const refused = [0, 1].map((ordinal) => ({ ordinal, reason: 'email', isInFile: true }) as const)
      expect(await dry.check(list)).toEqual(outcome(0, 0, refused))
      await dry.close()
    }
    expect(await stores.ids()).toEqual(['auth0|1'])
  })
}
