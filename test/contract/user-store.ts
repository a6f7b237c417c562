import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import { newConnectionId } from '../../src/domain/ids.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { ConnectionStore } from '../../src/users/connection-store.ts'
import { newProfile } from '../../src/users/new-profile.ts'
import type {
  BatchOutcome,
  ImportBatch,
  ImportedUser,
  NewUser,
  UserStore,
} from '../../src/users/user-store.ts'

const start = new Date('2026-01-01T00:00:00.000Z')
const later = new Date('2026-02-01T00:00:00.000Z')

export interface UserStores {
  readonly users: UserStore
  readonly connections: ConnectionStore
  /** The password hashes of a user, as stored: no port gives them out. */
  readonly credentials: (userId: string) => Promise<unknown>
  readonly stop: () => Promise<void>
}

export function newConnection(name: string): Connection {
  return { id: newConnectionId(), name, strategy: 'auth0', options: { brute_force_protection: true } }
}

function outcome(inserted: number, updated = 0, refused: BatchOutcome['refused'] = []): BatchOutcome {
  return { inserted, updated, refused }
}

/** What any user store must do. `open` gives an empty one. */
export function userStoreContract(open: () => Promise<UserStores>): void {
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

  function user(given: JsonObject, now = start): NewUser {
    return { profile: newProfile(given, { connection, now, preserve: true }) }
  }
  function imported(given: JsonObject, more: Partial<ImportedUser> = {}, now = start): ImportedUser {
    return { ...user(given, now), given: Object.keys(given), ...more }
  }
  function batch(list: readonly ImportedUser[], more: Partial<ImportBatch> = {}): ImportBatch {
    return { key: `job/${batches++}`, connection, users: list, upsert: 'no', importNumber: batches, ...more }
  }

  test('a user is given back as it was added, whatever its profile holds', async () => {
    const given = {
      user_id: 'auth0|1',
      email: 'ada@example.com',
      username: 'ada',
      phone_number: '+441234',
      blocked: true,
      picture: 'https://example.com/a.png',
      user_metadata: { 'a"b': [1, 2.5, null, { c: '\u202e"\n,=1+1😀' }], empty: {} },
      app_metadata: {},
      last_login: '2024-02-29T23:59:59.123Z',
      logins_count: Number.MAX_SAFE_INTEGER,
      multifactor: ['guardian'],
      identities: [
        { connection: 'Users', user_id: '1', provider: 'auth0', isSocial: false },
        { connection: 'github', user_id: 12, provider: 'github', isSocial: true, profileData: { name: 'A' } },
      ],
      locale: 'en-GB',
      __proto__x: { deep: [true] },
    }
    const { profile } = user(given)
    expect(await users.add({ profile }, connection)).toBeUndefined()
    expect(await users.find('auth0|1')).toEqual(profile)
    expect(Object.keys((await users.find('auth0|1')) ?? {})).toEqual(Object.keys(profile))
    expect(await users.find('auth0|2')).toBeUndefined()
  })

  test('what another user has is told by name', async () => {
    await users.add(user({ user_id: '1', email: 'a@x.io', username: 'a', phone_number: '+1' }), connection)
    expect(await users.add(user({ user_id: '2', email: 'a@x.io' }), connection)).toBe('email')
    expect(await users.add(user({ user_id: '1', email: 'b@x.io' }), connection)).toBe('user_id')
    expect(await users.add(user({ email: 'b@x.io', username: 'a' }), connection)).toBe('username')
    expect(await users.add(user({ email: 'b@x.io', phone_number: '+1' }), connection)).toBe('phone_number')
    expect(await users.add(user({ email: 'b@x.io' }), connection)).toBeUndefined()
  })

  test('addresses are unique in a connection, ids in the tenant', async () => {
    const other = newConnection('Others')
    await stores.connections.add(other)
    await users.add(user({ user_id: '1', email: 'a@x.io' }), connection)
    expect(await users.add(user({ user_id: '2', email: 'a@x.io' }), other)).toBeUndefined()
    expect(await users.add(user({ user_id: '1', email: 'c@x.io' }), other)).toBe('user_id')
  })

  describe('change', () => {
    test('replaces the profile and tells it', async () => {
      await users.add(user({ user_id: '1', email: 'a@x.io', blocked: true, locale: 'sv' }), connection)
      const { profile } = user({ user_id: '1', email: 'b@x.io', nickname: 'B' }, later)
      expect(await users.change('auth0|1', () => ({ profile }))).toEqual(profile)
      expect(await users.find('auth0|1')).toEqual(profile)
      expect(await users.change('auth0|2', () => ({ profile }))).toBeUndefined()
    })

    test('leaves all as it was when somebody else has the value, or the change throws', async () => {
      await users.add(user({ user_id: '1', email: 'a@x.io' }), connection)
      await users.add(user({ user_id: '2', email: 'b@x.io' }), connection)
      const before = await users.find('auth0|1')
      const taken = user({ user_id: '1', email: 'b@x.io' })
      expect(await users.change('auth0|1', () => taken)).toEqual({ conflict: 'email' })
      const broken = users.change('auth0|1', () => {
        throw new Error('too large')
      })
      await expect(broken).rejects.toThrow('too large')
      expect(await users.find('auth0|1')).toEqual(before)
    })

    test('a new password replaces a hash of either form, and leaves the second factor', async () => {
      const credentials = { custom_password_hash: { algorithm: 'md5' }, mfa_factors: [{ totp: {} }] }
      const { profile } = user({ user_id: '1', email: 'a@x.io' })
      await users.add({ profile, credentials }, connection)
      await users.change('auth0|1', () => ({ profile }))
      expect(await stores.credentials('auth0|1')).toMatchObject(credentials)
      await users.change('auth0|1', () => ({ profile, credentials: { password_hash: '$2b$10$x' } }))
      expect(await stores.credentials('auth0|1')).toEqual({
        password_hash: '$2b$10$x',
        custom_password_hash: null,
        mfa_factors: [{ totp: {} }],
      })
    })
  })

  test('a user who is removed is gone, and so is the hash', async () => {
    const { profile } = user({ user_id: '1', email: 'a@x.io' })
    await users.add({ profile, credentials: { password_hash: '$2b$10$x' } }, connection)
    expect(await users.remove('auth0|1')).toBe(true)
    expect(await users.remove('auth0|1')).toBe(false)
    expect(await users.find('auth0|1')).toBeUndefined()
    expect(await stores.credentials('auth0|1')).toBeUndefined()
  })

  test('a connection takes its users with it, and no others', async () => {
    const other = newConnection('Others')
    await stores.connections.add(other)
    await users.add(user({ user_id: '1', email: 'a@x.io' }), connection)
    await users.add(user({ user_id: '2', email: 'a@x.io' }), other)
    await stores.connections.remove(connection.id)
    expect(await users.find('auth0|1')).toBeUndefined()
    expect(await users.find('auth0|2')).toBeDefined()
  })

  describe('importBatch', () => {
    test('tells of each user what became of it, in order', async () => {
      await users.add(user({ user_id: '1', email: 'a@x.io', username: 'a', phone_number: '+1' }), connection)
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

    test('a batch is stored once: told again, it changes nothing and gives the same answer', async () => {
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
        user({
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
      await users.add(user({ user_id: '1', email: 'a@x.io' }), connection)
      const list = [imported({ user_id: '1', email: 'b@x.io' })]
      expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(
        outcome(0, 0, [{ ordinal: 0, reason: 'user_id', isInFile: false }]),
      )
    })

    test('an update of one connection leaves the same address in another alone', async () => {
      const other = newConnection('Others')
      await stores.connections.add(other)
      await users.add(user({ user_id: '1', email: 'a@x.io', name: 'One' }), other)
      const list = [imported({ user_id: '2', email: 'a@x.io', name: 'Two' })]
      expect(await users.importBatch(batch(list, { upsert: 'overwrite' }))).toEqual(outcome(1))
      expect(await users.find('auth0|1')).toMatchObject({ name: 'One' })
    })

    test('an update takes over a custom hash until the user has logged in, and never a bcrypt one', async () => {
      const credentials = { password_hash: '$2b$10$first' }
      const seen = user({ user_id: '2', email: 'b@x.io', logins_count: 1, last_login: start.toISOString() })
      await users.add({ ...user({ user_id: '1', email: 'a@x.io' }), credentials }, connection)
      await users.add({ ...seen, credentials }, connection)
      await users.add({ ...user({ user_id: '3', email: 'c@x.io' }), credentials }, connection)
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
  })
}
