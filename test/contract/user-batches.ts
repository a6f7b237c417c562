import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { BatchOutcome, ImportBatch, ImportedUser, UserStore } from '../../src/users/user-store.ts'
import { importedUser, newConnection } from '../fixtures/users.ts'
import type { UserStores } from './user-store.ts'

const start = new Date('2026-01-01T00:00:00.000Z')
const later = new Date('2026-02-01T00:00:00.000Z')

function outcome(
  inserted: number,
  updated = 0,
  refused: BatchOutcome['refused'] = [],
  unwritten: BatchOutcome['unwritten'] = [],
): BatchOutcome {
  return { inserted, updated, refused, ...(unwritten.length === 0 ? {} : { unwritten }) }
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

  test('a batch reports the outcome of each user, in order', async () => {
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

  test('an empty batch is accepted and changes nothing', async () => {
    expect(await users.importBatch(batch([]))).toEqual(outcome(0))
    expect(await users.importBatch(batch([], { upsert: 'overwrite' }))).toEqual(outcome(0))
  })

  test('P13 a batch that is sent twice is stored once and gives the same answer', async () => {
    const once = batch([imported({ user_id: '1', email: 'a@x.io' })], { upsert: 'overwrite' })
    expect(await users.importBatch(once)).toEqual(outcome(1))
    await users.remove('auth0|1')
    expect(await users.importBatch(once)).toEqual(outcome(1))
    expect(await users.find('auth0|1')).toBeUndefined()
  })

  test('P5 two workers store one batch once and report the same', async () => {
    const list = Array.from({ length: 50 }, (_, i) => imported({ user_id: `${i}`, email: `${i}@x.io` }))
    const same = batch(list)
    const [one, other] = await Promise.all([users.importBatch(same), users.importBatch(same)])
    expect(one).toEqual(outcome(50))
    expect(other).toEqual(one)
  })

  test('P18 an update writes the given attributes that may change, adds no defaults, and reports the rest', async () => {
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
    const unwritten = [{ ordinal: 0, names: ['user_id', 'username', 'blocked'] }] as const
    expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(
      outcome(1, 1, [], unwritten),
    )
    expect(await users.find('auth0|1')).toEqual({
      ...before,
      given_name: 'Augusta',
      user_metadata: { new: 2 },
      updated_at: later.toISOString(),
    })
    expect(await users.find('auth0|9')).toBeUndefined()
  })

  test('an update matches by address only, and an id of another user is a conflict', async () => {
    await users.add(imported({ user_id: '1', email: 'a@x.io' }), connection)
    const list = [imported({ user_id: '1', email: 'b@x.io' })]
    expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(
      outcome(0, 0, [{ ordinal: 0, reason: 'user_id', isInFile: false }]),
    )
  })

  test('an update of one connection does not change the same address in another', async () => {
    const other = newConnection('Others')
    await stores.connections.add(other)
    await users.add(imported({ user_id: '1', email: 'a@x.io', name: 'One' }), other)
    const list = [imported({ user_id: '2', email: 'a@x.io', name: 'Two' })]
    expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(outcome(1))
    expect(await users.find('auth0|1')).toMatchObject({ name: 'One' })
  })

  test('P18 a value that a known user has already is not reported as left out', async () => {
    const given = { user_id: '1', email: 'a@x.io', username: 'a', phone_number: '+1', blocked: true }
    const hash = { credentials: { custom_password_hash: { algorithm: 'md5' }, mfa_factors: [{ totp: {} }] } }
    await users.importBatch(batch([imported(given, hash), imported({ user_id: '2', email: 'b@x.io' })]))
    const list = [imported(given, hash), imported({ email: 'b@x.io', blocked: false })]
    expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(outcome(0, 2))
  })

  test('P18 a custom hash replaces only a custom hash, and only until the first login', async () => {
    const [own, custom] = [{ password_hash: '$2b$10$own' }, { custom_password_hash: { algorithm: 'md5' } }]
    const logins = { logins_count: 1, last_login: start.toISOString() }
    const present = [
      imported({ user_id: '1', email: '1@x.io' }, { credentials: own }),
      imported({ user_id: '2', email: '2@x.io' }),
      imported({ user_id: '3', email: '3@x.io' }, { credentials: custom }),
      imported({ user_id: '4', email: '4@x.io', ...logins }, { credentials: custom }),
      imported({ user_id: '5', email: '5@x.io', ...logins }, { credentials: own }),
      imported({ user_id: '6', email: '6@x.io' }, { credentials: { mfa_factors: [{ totp: {} }] } }),
      imported({ user_id: '7', email: '7@x.io' }, { credentials: own }),
    ]
    for (const preserve of [false, true]) {
      await users.importBatch(batch(present))
      const other = { custom_password_hash: { algorithm: 'sha1' } }
      const list = [
        ...present
          .slice(0, 6)
          .map(({ profile: { user_id, email } }) =>
            imported({ user_id, email: email ?? null, name: 'New' }, { credentials: other }),
          ),
        imported({ email: '7@x.io', name: 'New' }, { credentials: { password_hash: '$2b$10$new' } }),
      ]
      const refused = [0, 1, 4, 5].map((ordinal) => ({
        ordinal,
        reason: 'custom_password_hash' as const,
        isInFile: false,
      }))
      const unwritten = [
        { ordinal: 3, names: ['custom_password_hash'] },
        { ordinal: 6, names: ['password_hash'] },
      ] as const
      const dry = await users.openDryRun(connection, { upsert: 'overwrite', preserve })
      expect(await dry.check(list)).toEqual(outcome(0, 3, refused, unwritten))
      await dry.close()
      const told = await users.importBatch(batch(list, { upsert: 'overwrite', preserve }))
      expect(told).toEqual(outcome(0, 3, refused, unwritten))
      const hashes = await Promise.all(present.map(({ profile }) => stores.credentials(profile.user_id)))
      const kept = [own, undefined, other, custom, own, { custom_password_hash: null }, own]
      for (const [at, hash] of kept.entries())
        if (hash === undefined) expect(hashes[at]).toBeUndefined()
        else expect(hashes[at]).toMatchObject(hash)
      expect(await users.find('auth0|1')).not.toMatchObject({ name: 'New' })
      expect(await users.find('auth0|4')).toMatchObject({ name: 'New' })
      for (const { profile } of present) await users.remove(profile.user_id)
    }
  })

  test('an import with preserve finds users by their ids and writes all given attributes', async () => {
    await users.importBatch(
      batch([
        imported({ user_id: 'p1', email: 'a@x.io', email_verified: true }),
        imported({ user_id: 'p2', username: 'b' }),
        imported({ user_id: 'p3', phone_number: '+1' }),
        imported({ user_id: 'p4', email: 'd@x.io', user_metadata: { a: 1 } }),
      ]),
    )
    const identities = [{ connection: 'github', user_id: 7, provider: 'github', isSocial: true }]
    const all = { blocked: true, phone_number: '+2', phone_verified: true, username: 'd', locale: 'sv' }
    const list = [
      imported({ user_id: 'p1', email: 'other@x.io' }, {}, later),
      imported({ user_id: 'p2', username: 'b', name: 'B' }, {}, later),
      imported({ user_id: 'p3', phone_number: '+3', email: 'c@x.io' }, {}, later),
      imported({ user_id: 'p4', email: 'd@x.io', ...all, identities, created_at: later.toISOString() }),
    ]
    const again = { upsert: 'overwrite', preserve: true } as const
    expect(await users.importBatch(batch(list, again))).toEqual(outcome(0, 4))
    // A new address has not been verified.
    expect(await users.find('auth0|p1')).toMatchObject({ email: 'other@x.io', email_verified: false })
    expect(await users.find('auth0|p2')).toMatchObject({ username: 'b', name: 'B' })
    expect(await users.find('auth0|p3')).toMatchObject({ phone_number: '+3', email: 'c@x.io' })
    expect(await users.find('auth0|p4')).toMatchObject({
      ...all,
      identities,
      created_at: later.toISOString(),
      user_metadata: { a: 1 },
    })
    const before = await Promise.all(list.map(({ profile }) => users.find(profile.user_id)))
    expect(await users.importBatch(batch(list, again))).toEqual(outcome(0, 4))
    expect(await Promise.all(list.map(({ profile }) => users.find(profile.user_id)))).toEqual(before)
  })

  test('an import with preserve moves addresses between users in file order, and refuses a user who comes too early', async () => {
    const ids = ['1', '2', '3', '4']
    const before = ids.map((id) => imported({ user_id: id, email: `${id}@x.io` }))
    const moved = ['free', '1', '2', '5'].map((name, at) =>
      imported({ user_id: `${ids[at]}`, email: `${name}@x.io` }),
    )
    const fresh = imported({ user_id: '5', email: '3@x.io' })
    const how = { upsert: 'overwrite', preserve: true, importNumber: Number.MAX_SAFE_INTEGER - 7 } as const
    const tooSoon = [{ ordinal: 0, reason: 'email', isInFile: false }] as const
    const inFile = [{ ordinal: 0, reason: 'email', isInFile: true }] as const
    for (const [list, expected] of [
      [[imported({ user_id: '4', email: '1@x.io' })], outcome(0, 0, tooSoon)],
      [[...moved, fresh], outcome(1, 4)],
      [[imported({ user_id: '6', email: '2@x.io' })], outcome(0, 0, inFile)],
      [[imported({ user_id: '6', email: '4@x.io' })], outcome(1)],
    ] as const) {
      if (list.length === 1 && list[0]?.profile.user_id === 'auth0|4') await users.importBatch(batch(before))
      expect(await users.importBatch(batch(list, how))).toEqual(expected)
    }
    expect((await users.find('auth0|3'))?.['email']).toBe('2@x.io')
    expect((await users.find('auth0|5'))?.['email']).toBe('3@x.io')
  })

  test('an import with preserve refuses an id of another connection, and moves no user between connections', async () => {
    const other = newConnection('Others')
    await stores.connections.add(other)
    await users.add(imported({ user_id: '1', email: 'a@x.io', name: 'One' }), other)
    await users.add(imported({ user_id: '2', email: 'a@x.io', name: 'Two' }), connection)
    const list = [imported({ user_id: '1', email: 'a@x.io' }), imported({ user_id: '1', email: 'c@x.io' })]
    const refused = [
      { ordinal: 0, reason: 'email', isInFile: false },
      { ordinal: 1, reason: 'user_id', isInFile: false },
    ] as const
    const how = { upsert: 'overwrite', preserve: true } as const
    expect(await users.importBatch(batch(list, how))).toEqual(outcome(0, 0, refused))
    expect(await users.find('auth0|1')).toMatchObject({ name: 'One' })
  })

  test('an update with preserve writes what only the server sets, and only identities of the same user', async () => {
    const identities = [{ connection: 'github', user_id: 7, provider: 'github', isSocial: true }]
    const given = { created_at: '2019-01-01T00:00:00.000Z', logins_count: 3, last_ip: '::1', identities }
    await users.add(imported({ user_id: '1', email: 'a@x.io' }), connection)
    await users.add(imported({ user_id: '2', email: 'b@x.io' }), connection)
    const list = [
      imported({ ...given, user_id: '1', email: 'a@x.io' }, {}, later),
      imported({ ...given, email: 'b@x.io' }, {}, later),
    ]
    const how = { upsert: 'overwrite', preserve: true } as const
    const unwritten = [{ ordinal: 1, names: ['identities'] }] as const
    expect(await users.importBatch(batch(list, how))).toEqual(outcome(0, 2, [], unwritten))
    expect(await users.find('auth0|1')).toMatchObject({ ...given, updated_at: later.toISOString() })
    const second = await users.find('auth0|2')
    expect(second).toMatchObject({ ...given, identities: [{ connection: 'Users', user_id: '2' }] })
  })

  test('a merge adds and replaces members of metadata and removes those that are null, for a new user too', async () => {
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

  test('a user whom an import added or changed is a duplicate when the same file names the user again', async () => {
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

  test('the reason of a refusal does not depend on the size of batches', async () => {
    await users.add(imported({ user_id: 'known', email: 'a@x.io' }), connection)
    const list = [imported({ user_id: '1', email: 'b@x.io' }), imported({ user_id: '1', email: 'a@x.io' })]
    const refused = [{ ordinal: 1, reason: 'email', isInFile: false }] as const
    expect(await users.importBatch(batch(list))).toEqual(outcome(1, 0, refused))
  })

  test('a user whom the database cannot store is refused alone', async () => {
    await users.add(imported({ user_id: 'known', email: 'k@x.io' }), connection)
    const list = Array.from({ length: 9 }, (_, i) => imported({ user_id: `${i}`, email: `${i}@x.io` }))
    list[4] = imported({ user_id: '4', email: '4@x.io', name: 'a\0b' })
    list[8] = imported({ user_id: '8', email: 'k@x.io', user_metadata: { a: '\0' } })
    const refused = [4, 8].map((ordinal) => ({ ordinal, reason: 'unstorable', isInFile: false }) as const)
    expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(outcome(7, 0, refused))
    expect(await stores.ids()).toEqual(['known', 0, 1, 2, 3, 5, 6, 7].map((id) => `auth0|${id}`))
  })

  test('users are stored in the order of the file, even if a large batch has refused users', async () => {
    const list = Array.from({ length: 3000 }, (_, i) =>
      imported({ user_id: `${(i * 7919) % 3000}`, email: `${i}@x.io` }),
    )
    await users.add(imported({ user_id: 'x', email: '2999@x.io' }), connection)
    const refused = [{ ordinal: 2999, reason: 'email', isInFile: false }] as const
    expect(await users.importBatch(batch(list))).toEqual(outcome(2999, 0, refused))
    const expected = list.slice(0, -1).map(({ profile }) => profile.user_id)
    expect(await stores.ids()).toEqual(['auth0|x', ...expected])
  })

  test('two concurrent imports of the same users store each user once', async () => {
    const list = Array.from({ length: 200 }, (_, i) => imported({ user_id: `${i}`, email: `${i}@x.io` }))
    const [one, other] = await Promise.all([users.importBatch(batch(list)), users.importBatch(batch(list))])
    expect([one.inserted, other.inserted].sort((a, b) => a - b)).toEqual([0, 200])
    expect([...one.refused, ...other.refused].filter(({ isInFile }) => isInFile)).toEqual([])
    expect(await stores.ids()).toHaveLength(200)
  })

  test('a dry run stores no user, finds duplicates across its batches, and frees its connection', async () => {
    await users.add(imported({ user_id: '1', email: 'a@x.io' }), connection)
    // More than any pool here has connections.
    for (let round = 0; round < 12; round++) {
      const dry = await users.openDryRun(connection, { upsert: 'overwrite' })
      const list = [imported({ email: 'a@x.io' }), imported({ user_id: '2', email: 'b@x.io' })]
      expect(await dry.check(list)).toEqual(outcome(1, 1))
      const refused = [0, 1].map((ordinal) => ({ ordinal, reason: 'email', isInFile: true }) as const)
      expect(await dry.check(list)).toEqual(outcome(0, 0, refused))
      await dry.close()
    }
    expect(await stores.ids()).toEqual(['auth0|1'])
  })
}
