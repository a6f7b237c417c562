import fc from 'fast-check'
import { betterAuth } from '../../../src/relations/presets/better-auth.ts'
import {
  allRows,
  anyMoment,
  anyText,
  insertAll,
  maybe,
  momentOf,
  present,
  presentOrNull,
  type Row,
  someOrNull,
} from './preset-fixtures.ts'
import { byBytes, CONNECTION, type PlainProfile, testPreset } from './preset-harness.ts'

// As its generator for Drizzle names the columns, with names of tables in the plural and timestamps without time zone.
const TABLES = `
  create table users (
    id text primary key, name text not null, email text not null unique, email_verified boolean not null, image text,
    created_at timestamp not null, updated_at timestamp not null, role text, banned boolean, ban_reason text, ban_expires timestamp,
    username text unique, display_username text, two_factor_enabled boolean, phone_number text unique, phone_number_verified boolean,
    is_anonymous boolean, last_login_method text, level integer, settings jsonb, avatar_bytes bytea, recovery_answer text);
  create table sessions (
    id serial primary key, user_id text not null, expires_at timestamp not null, token text not null unique, created_at timestamp not null,
    updated_at timestamp not null, ip_address text, user_agent text, impersonated_by text);
  create table accounts (
    id serial primary key, account_id text not null, provider_id text not null, user_id text not null, access_token text,
    refresh_token text, id_token text, scope text, password text);
  create table two_factors (id serial primary key, secret text not null, backup_codes text not null, user_id text not null, verified boolean);
  create table sso_providers (id serial primary key, provider_id text not null);
  create table organizations (id text primary key, name text not null);
  create table members (id serial primary key, organization_id text not null, user_id text not null, role text not null);
  insert into sso_providers (provider_id) values ('corp');
  insert into organizations values ('o-b', 'Blue'), ('o-a', 'Ants')
`

const FAR = ['2001-01-01T00:00:00', '2099-01-01T00:00:00']

const anyUser = fc.record({
  id: fc.uuid(),
  name: anyText(),
  email_verified: fc.boolean(),
  image: maybe(anyText()),
  created_at: anyMoment,
  updated_at: anyMoment,
  role: maybe(fc.constantFrom('', 'user', 'admin,user')),
  banned: maybe(fc.boolean()),
  ban_reason: maybe(anyText()),
  ban_expires: maybe(fc.constantFrom(...FAR)),
  has_username: fc.boolean(),
  display_username: maybe(anyText()),
  two_factor_enabled: maybe(fc.boolean()),
  has_phone: fc.boolean(),
  phone_number_verified: maybe(fc.boolean()),
  is_anonymous: maybe(fc.boolean()),
  last_login_method: maybe(fc.constantFrom('email', 'google')),
  level: maybe(fc.nat(9)),
  settings: maybe(fc.constantFrom({ theme: 'dark', none: null }, {}, [1])),
  sessions: fc.array(
    fc.record({
      created_at: anyMoment,
      ip_address: maybe(fc.constantFrom('', '::1')),
      impersonated_by: maybe(fc.constant('root')),
    }),
    { maxLength: 3 },
  ),
  accounts: fc.uniqueArray(fc.constantFrom('credential', 'google', 'corp'), { maxLength: 3 }),
  factor: maybe(fc.record({ verified: maybe(fc.boolean()) })),
  organizations: fc.uniqueArray(fc.constantFrom('o-a', 'o-b'), { maxLength: 2 }),
})

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never

function userRow(
  { sessions, accounts, factor, organizations, has_username: hasUsername, has_phone: hasPhone, ...row }: User,
  n: number,
) {
  return {
    ...row,
    email: `user${n}@example.com`,
    username: hasUsername ? `user_${n}` : null,
    phone_number: hasPhone ? `+1555000${n}` : null,
    avatar_bytes: '\\x00',
    recovery_answer: 'never read',
  }
}

function profileOf(
  user: Row,
  of: (table: string) => readonly Row[],
  names: ReadonlyMap<unknown, unknown>,
): PlainProfile {
  const id = String(user['id'])
  const [last] = of('sessions')
    .filter((row) => row['impersonated_by'] === null)
    .toSorted((a, b) => (String(a['created_at']) < String(b['created_at']) ? 1 : -1))
  const linked = of('accounts')
    .filter((row) => row['provider_id'] !== 'credential')
    .map(({ provider_id: provider, account_id: accountId }) => ({
      provider: String(provider),
      connection: provider,
      user_id: accountId,
      isSocial: provider !== 'corp',
    }))
  const organizations = of('members')
    .map((row) => ({
      id: row['organization_id'],
      name: String(names.get(row['organization_id'])),
      role: row['role'],
    }))
    .sort((a, b) => byBytes(a.name, b.name))
  const hasApp = of('two_factors').some((row) => row['verified'] !== false)
  const isBannedNow = user['banned'] === true && user['ban_expires'] !== FAR[0]
  return present({
    user_id: `auth0|${id}`,
    email: user['email'],
    email_verified: user['email_verified'],
    username: user['username'],
    phone_number: user['phone_number'],
    phone_verified: user['phone_number'] === null ? null : user['phone_number_verified'],
    name: user['name'],
    nickname: user['display_username'],
    picture: user['image'],
    blocked: isBannedNow,
    user_metadata: presentOrNull({ level: user['level'], settings: user['settings'] }),
    app_metadata: presentOrNull({
      roles: user['role'] ? String(user['role']).split(',') : null,
      ban_reason: user['ban_reason'],
      ban_expires: momentOf(user['ban_expires']),
      last_login_method: user['last_login_method'],
      organizations: someOrNull(organizations),
    }),
    identities: [
      { user_id: id, provider: 'auth0', connection: CONNECTION, isSocial: false },
      ...linked.sort((a, b) => byBytes(a.provider, b.provider)),
    ],
    created_at: momentOf(user['created_at']),
    updated_at: momentOf(user['updated_at']),
    last_login: momentOf(last?.['created_at']),
    last_ip: last?.['ip_address'] || null,
    multifactor: user['two_factor_enabled'] === true ? [hasApp ? 'totp' : 'otp'] : null,
    is_anonymous: user['is_anonymous'] || null,
  }) as PlainProfile
}

testPreset<User>({
  preset: betterAuth,
  tables: TABLES,
  asked: {},
  user: anyUser,
  fill: (database, users) => {
    const ofUsers = <Of>(rowsOf: (user: User) => readonly Of[]) =>
      users.flatMap((user) => rowsOf(user).map((row) => ({ user_id: user.id, ...row })))
    let n = 0
    const unique = () => `unique-${n++}`
    return insertAll(database, {
      users: users.map(userRow),
      sessions: ofUsers(({ sessions }) =>
        sessions.map((row) => ({
          ...row,
          id: n,
          token: unique(),
          expires_at: FAR[1],
          updated_at: row.created_at,
        })),
      ),
      accounts: ofUsers(({ accounts }) =>
        accounts.map((provider) => ({
          provider_id: provider,
          id: n,
          account_id: unique(),
          access_token: 'never read',
        })),
      ),
      two_factors: ofUsers(({ factor }) =>
        factor === null ? [] : [{ ...factor, id: n, secret: unique(), backup_codes: 'never read' }],
      ),
      members: ofUsers(({ organizations }) =>
        organizations.map((organization) => ({ organization_id: organization, id: n, role: unique() })),
      ),
    })
  },
  empty: 'truncate users, sessions, accounts, two_factors, members',
  read: async (database) => {
    const tables = ['sessions', 'accounts', 'two_factors', 'members']
    const rows = new Map(
      await Promise.all(tables.map(async (table) => [table, await allRows(database, table)] as const)),
    )
    const names = new Map((await allRows(database, 'organizations')).map((row) => [row['id'], row['name']]))
    return (await allRows(database, 'users')).map((user) =>
      profileOf(
        user,
        (table) => rows.get(table)?.filter((row) => row['user_id'] === user['id']) ?? [],
        names,
      ),
    )
  },
  paths: [
    'user_metadata.level',
    'app_metadata.roles[1]',
    'app_metadata.organizations[0].name',
    'is_anonymous',
  ],
  leftOut: () => ({}),
})
