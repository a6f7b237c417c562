import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { ConnectionStore } from '../../src/users/connection-store.ts'
import { newProfile } from '../../src/users/new-profile.ts'
import type { NewUser, UserStore } from '../../src/users/user-store.ts'
import { newConnection } from '../fixtures/users.ts'

const start = new Date('2026-01-01T00:00:00.000Z')
const later = new Date('2026-02-01T00:00:00.000Z')

export interface UserStores {
  readonly users: UserStore
  readonly connections: ConnectionStore
  /** The password hashes of a user, as stored: no port gives them out. */
  readonly credentials: (userId: string) => Promise<unknown>
  /** Ids of all users, in the order of their keys: that of an export. */
  readonly ids: () => Promise<readonly string[]>
  readonly stop: () => Promise<void>
}

/** What any user store must do. `open` gives an empty one. */
export function userStoreContract(open: () => Promise<UserStores>): void {
  let stores: UserStores
  let users: UserStore
  let connection: Connection
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

  test('a user is found as the profile was added, with any values', async () => {
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

  test('a conflict with another user is reported by the attribute’s name', async () => {
    await users.add(user({ user_id: '1', email: 'a@x.io', username: 'a', phone_number: '+1' }), connection)
    expect(await users.add(user({ user_id: '2', email: 'a@x.io' }), connection)).toBe('email')
    expect(await users.add(user({ user_id: '1', email: 'b@x.io' }), connection)).toBe('user_id')
    expect(await users.add(user({ email: 'b@x.io', username: 'a' }), connection)).toBe('username')
    expect(await users.add(user({ email: 'b@x.io', phone_number: '+1' }), connection)).toBe('phone_number')
    expect(await users.add(user({ email: 'b@x.io' }), connection)).toBeUndefined()
  })

  test('an address is unique in its connection, and an id in the tenant', async () => {
    const other = newConnection('Others')
    await stores.connections.add(other)
    await users.add(user({ user_id: '1', email: 'a@x.io' }), connection)
    expect(await users.add(user({ user_id: '2', email: 'a@x.io' }), other)).toBeUndefined()
    expect(await users.add(user({ user_id: '1', email: 'c@x.io' }), other)).toBe('user_id')
  })

  describe('a change of a user', () => {
    test('a change replaces the profile and returns the new one', async () => {
      await users.add(user({ user_id: '1', email: 'a@x.io', blocked: true, locale: 'sv' }), connection)
      const { profile } = user({ user_id: '1', email: 'b@x.io', nickname: 'B' }, later)
      expect(await users.change('auth0|1', () => ({ profile }))).toEqual(profile)
      expect(await users.find('auth0|1')).toEqual(profile)
      expect(await users.change('auth0|2', () => ({ profile }))).toBeUndefined()
    })

    test('a change leaves the user unchanged if another user has the value or the change throws', async () => {
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

    test('a new password replaces a hash of either form and keeps the second factor', async () => {
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

  test('times grow even if the clock stands still, and an import takes one for each user', async () => {
    const now = new Date('2030-01-01T00:00:00.000Z')
    const first = await users.takeTimes(now, 5000)
    expect(first > now).toBe(true)
    const last = new Date(first.getTime() + 4999)
    for (const clock of [now, start, last]) expect((await users.takeTime(clock)) > last).toBe(true)
    const next = await users.takeTimes(start, 1)
    expect(next > last).toBe(true)
    const beyond = new Date(next.getTime() + 1000)
    expect(await users.takeTime(beyond)).toEqual(beyond)
  })

  test('concurrent imports share no time', async () => {
    const firsts = await Promise.all(Array.from({ length: 20 }, () => users.takeTimes(start, 100)))
    const sorted = firsts.map((first) => first.getTime()).sort((a, b) => a - b)
    for (const [at, first] of sorted.slice(1).entries()) expect(first - Number(sorted[at])).toBe(100)
  })

  test('a removed user is gone with the password hash', async () => {
    const { profile } = user({ user_id: '1', email: 'a@x.io' })
    await users.add({ profile, credentials: { password_hash: '$2b$10$x' } }, connection)
    expect(await users.remove('auth0|1')).toBe(true)
    expect(await users.remove('auth0|1')).toBe(false)
    expect(await users.find('auth0|1')).toBeUndefined()
    expect(await stores.credentials('auth0|1')).toBeUndefined()
  })

  test('a removed connection loses its users, and no other users are removed', async () => {
    const other = newConnection('Others')
    await stores.connections.add(other)
    await users.add(user({ user_id: '1', email: 'a@x.io' }), connection)
    await users.add(user({ user_id: '2', email: 'a@x.io' }), other)
    await stores.connections.remove(connection.id)
    expect(await users.find('auth0|1')).toBeUndefined()
    expect(await users.find('auth0|2')).toBeDefined()
  })
}
