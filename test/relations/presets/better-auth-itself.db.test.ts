import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { newPostgresDatabase, type PostgresDatabase } from '../../fixtures/postgres-database.ts'
import { type BetterAuthUser, betterAuthUsers } from '../../fixtures/products/better-auth.js'
import { inOrder, openPool, rowsOf, sourceFiles } from '../../fixtures/source-files.ts'
import { present, presentOrNull, someOrNull } from './preset-fixtures.ts'
import { byBytes, CONNECTION } from './preset-harness.ts'

function profileOf({ user, accounts, sessions, roles, factor }: BetterAuthUser) {
  const id = String(user['id'])
  const [last] = sessions
    .filter(({ impersonatedBy }) => impersonatedBy === null)
    .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
  const linked = accounts
    .filter(({ providerId }) => providerId !== 'credential')
    .map(({ providerId: provider, accountId }) => ({
      provider,
      connection: provider,
      user_id: accountId,
      isSocial: true,
    }))
  return present({
    user_id: `auth0|${id}`,
    email: user['email'],
    email_verified: user['emailVerified'],
    username: user['username'],
    phone_number: user['phoneNumber'],
    phone_verified: user['phoneNumberVerified'],
    name: user['name'],
    nickname: user['displayUsername'],
    picture: user['image'],
    blocked: user['banned'] === true,
    user_metadata: presentOrNull({ team: user['team'], tags: user['tags'], joinedAt: user['joinedAt'] }),
    app_metadata: present({
      roles: String(user['role']).split(','),
      ban_reason: user['banReason'],
      ban_expires: user['banExpires'],
      organizations: someOrNull(roles),
    }),
    identities: [
      { user_id: id, provider: 'auth0', connection: CONNECTION, isSocial: false },
      ...linked.sort((a, b) => byBytes(a.provider, b.provider)),
    ],
    created_at: user['createdAt'],
    updated_at: user['updatedAt'],
    last_login: last?.createdAt,
    last_ip: last?.ipAddress || null,
    multifactor: user['twoFactorEnabled'] === true ? [factor] : null,
    is_anonymous: user['isAnonymous'] === true ? true : null,
  })
}

const COLUMNS = [
  ...[
    'email',
    'email_verified',
    'username',
    'phone_number',
    'phone_verified',
    'name',
    'nickname',
    'picture',
    'blocked',
  ],
  ...[
    'user_metadata.team',
    'user_metadata.tags',
    'user_metadata.joinedAt',
    'app_metadata.roles[0]',
    'app_metadata.roles[1]',
  ],
  ...[
    'app_metadata.ban_reason',
    'app_metadata.ban_expires',
    'app_metadata.organizations[0].role',
    'identities[1].provider',
  ],
  ...[
    'identities[2].user_id',
    'created_at',
    'updated_at',
    'last_login',
    'last_ip',
    'multifactor[0]',
    'is_anonymous',
  ],
]

const server = inject('postgres')

describe.skipIf(!('url' in server)).each(['text', 'uuid', 'serial'] as const)(
  'users that better-auth made in its own tables, with ids of the type %s',
  (ids) => {
    let database: PostgresDatabase
    let pool: pg.Pool
    beforeAll(async () => {
      database = await newPostgresDatabase('url' in server ? server.url : '')
      pool = openPool(database.url)
    })
    afterAll(async () => {
      await pool.end()
      await database.stop()
    })

    test('both files have what its API says of each user', async () => {
      const users = (await betterAuthUsers(pool, ids === 'text' ? undefined : ids)).map(profileOf)
      const files = await sourceFiles(database.url, {}, COLUMNS)
      expect(files.preset).toBe('better-auth')
      expect(files.profiles).toHaveLength(8)
      expect(files.profiles).toEqual(inOrder(users))
      expect(files.rows).toEqual(rowsOf(users, COLUMNS))
      expect(JSON.stringify(files)).not.toContain('never read')
    })
  },
)
