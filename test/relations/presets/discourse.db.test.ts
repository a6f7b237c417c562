import fc from 'fast-check'
import { discourse } from '../../../src/relations/presets/discourse.ts'
import type { Statements } from '../../../src/relations/relation.ts'
import {
  allRows,
  anyMoment,
  anyText,
  insertAll,
  listOrNull,
  maybe,
  momentOf,
  present,
  presentOrNull,
  type Row,
} from './preset-fixtures.ts'
import { byBytes, CONNECTION, type PlainProfile, testPreset } from './preset-harness.ts'

const TABLES = `
  create table users (
    id serial primary key, username varchar(60) not null, created_at timestamp not null, updated_at timestamp not null, name varchar(255),
    active boolean not null, username_lower varchar(60) not null unique, last_seen_at timestamp, admin boolean not null, trust_level int not null,
    suspended_at timestamp, suspended_till timestamp, ip_address inet, moderator boolean not null, title varchar(255), uploaded_avatar_id int,
    locale varchar(10), staged boolean not null);
  create table user_emails (
    id serial primary key, user_id int not null, email varchar(513) not null, "primary" boolean not null,
    created_at timestamp not null default now(), updated_at timestamp not null default now());
  create unique index index_user_emails_on_email on user_emails (lower(email));
  create unique index index_user_emails_on_user_id_and_primary on user_emails (user_id, "primary") where "primary";
  create table user_passwords (id serial primary key, user_id int unique, password_hash varchar(64), password_salt varchar(32));
  create table anonymous_users (id serial primary key, user_id int not null unique, master_user_id int not null, active boolean);
  create table user_custom_fields (id serial primary key, user_id int not null, name varchar(256) not null, value text);
  create table user_associated_accounts (
    id bigserial primary key, provider_name varchar not null, provider_uid varchar not null, user_id int, info jsonb not null default '{}',
    credentials jsonb not null default '{}', extra jsonb not null default '{}');
  create table single_sign_on_records (
    id serial primary key, user_id int not null, external_id varchar not null, last_payload text not null, external_username varchar,
    external_email varchar, external_name varchar);
  create table user_second_factors (
    id bigserial primary key, user_id int not null, method int not null, data varchar not null, enabled boolean not null);
  create table user_security_keys (
    id bigserial primary key, user_id bigint not null, credential_id varchar not null, public_key varchar not null, factor_type int not null,
    enabled boolean not null, name varchar not null);
  create table groups (id serial primary key, name varchar not null, automatic boolean not null);
  create table group_users (id serial primary key, group_id int not null, user_id int not null);
  insert into groups values (1, 'admins', true), (41, 'Support', false), (42, 'élan', false)
`

const EMPTY = `truncate users, user_emails, user_passwords, anonymous_users, user_custom_fields, user_associated_accounts,
  single_sign_on_records, user_second_factors, user_security_keys, group_users`

const anyUser = fc.record({
  kind: fc.constantFrom('user', 'user', 'user', 'user', 'bot', 'staged', 'anonymous'),
  active: fc.boolean(),
  has_email: fc.boolean(),
  name: maybe(fc.oneof(anyText(), fc.constant(''))),
  title: fc.constantFrom(null, '', 'Leader'),
  locale: fc.constantFrom(null, '', 'de'),
  admin: fc.boolean(),
  moderator: fc.boolean(),
  trust_level: fc.nat(4),
  suspended_till: fc.constantFrom(null, '2001-01-01T00:00:00Z', '2999-01-01T00:00:00Z'),
  ip_address: fc.constantFrom(null, '192.0.2.1', '2001:db8::1'),
  created_at: anyMoment,
  updated_at: anyMoment,
  last_seen_at: maybe(anyMoment),
  fields: fc.array(
    fc.record({
      name: fc.constantFrom('user_field_1', 'a.b', 'ünits'),
      value: maybe(fc.oneof(anyText(), fc.constant(''))),
    }),
    { maxLength: 4 },
  ),
  accounts: fc.uniqueArray(fc.constantFrom('google_oauth2', 'github', 'oidc'), { maxLength: 3 }),
  info: fc.constantFrom({}, { name: 'Ann', email: null }),
  record: fc.constantFrom(null, { external_username: 'ann', external_email: '', external_name: null }),
  factors: fc.array(fc.record({ method: fc.constantFrom(1, 2), enabled: fc.boolean() }), { maxLength: 2 }),
  keys: fc.array(fc.record({ factor_type: fc.constantFrom(0, 1), enabled: fc.boolean() }), { maxLength: 2 }),
  groups: fc.uniqueArray(fc.constantFrom(1, 41, 42), { maxLength: 3 }),
})

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never

async function fill(database: Statements, users: readonly User[]): Promise<void> {
  const idOf = ({ kind }: User, n: number): number => (kind === 'bot' ? -n : n + 1)
  const each = <Made extends object>(make: (user: User, n: number) => readonly Made[]) =>
    users.flatMap((user, n) =>
      make(user, n).map((made, m) => ({ id: n * 100 + m + 1, user_id: idOf(user, n), ...made })),
    )
  await insertAll(database, {
    users: users.map((user, n) => ({
      ...{
        id: idOf(user, n),
        username: `User_${n}`,
        username_lower: `user_${n}`,
        name: user.name,
        active: user.active,
      },
      ...{ created_at: user.created_at, updated_at: user.updated_at, last_seen_at: user.last_seen_at },
      ...{ admin: user.admin, moderator: user.moderator, trust_level: user.trust_level, title: user.title },
      ...{ suspended_till: user.suspended_till, ip_address: user.ip_address, locale: user.locale },
      staged: user.kind === 'staged',
    })),
    user_emails: each(({ has_email: hasEmail }, n) => [
      { email: `Second${n}@example.com`, primary: false, created_at: '2024-01-01', updated_at: '2024-01-01' },
      ...(hasEmail
        ? [
            {
              email: `User${n}@Example.com`,
              primary: true,
              created_at: '2024-01-01',
              updated_at: '2024-01-01',
            },
          ]
        : []),
    ]),
    user_passwords: each(() => [{ password_hash: 'never read', password_salt: 'never read' }]),
    anonymous_users: each(({ kind }) => (kind === 'anonymous' ? [{ master_user_id: 1, active: true }] : [])),
    user_custom_fields: each(({ fields }) => fields),
    user_associated_accounts: each(({ accounts, info }, n) =>
      accounts.map((provider) => ({
        ...{ provider_name: provider, provider_uid: `at-${n}`, info },
        ...{ credentials: { key: 'never read' }, extra: { key: 'never read' } },
      })),
    ),
    single_sign_on_records: each(({ record }, n) =>
      record === null ? [] : [{ ...record, external_id: `own-${n}`, last_payload: 'never read' }],
    ),
    user_second_factors: each(({ factors }) => factors.map((factor) => ({ ...factor, data: 'never read' }))),
    user_security_keys: each(({ keys }) =>
      keys.map((key) => ({ ...key, credential_id: 'never read', public_key: 'never read', name: 'key' })),
    ),
    group_users: each(({ groups }) => groups.map((group) => ({ group_id: group }))),
  })
}

async function read(database: Statements): Promise<readonly PlainProfile[]> {
  const [users, emails, shadows] = [
    await allRows(database, 'users'),
    await allRows(database, 'user_emails'),
    await allRows(database, 'anonymous_users'),
  ]
  const [fields, accounts, records] = [
    await allRows(database, 'user_custom_fields'),
    await allRows(database, 'user_associated_accounts'),
    await allRows(database, 'single_sign_on_records'),
  ]
  const [factors, keys, members] = [
    await allRows(database, 'user_second_factors'),
    await allRows(database, 'user_security_keys'),
    await allRows(database, 'group_users'),
  ]
  return users
    .filter((user) => Number(user['id']) > 0 && user['staged'] === false)
    .filter((user) => !shadows.some((row) => row['user_id'] === user['id']))
    .map((user) => {
      const mine = (rows: readonly Row[]) => rows.filter((row) => row['user_id'] === user['id'])
      const email = mine(emails).find((row) => row['primary'] === true)?.['email']
      const metadata: Record<string, readonly string[]> = {}
      for (const { name, value } of mine(fields))
        if (value !== null)
          metadata[String(name)] = [...(metadata[String(name)] ?? []), String(value)].sort(byBytes)
      const groups = mine(members).flatMap(
        (row) => ({ 41: 'Support', 42: 'élan' })[Number(row['group_id'])] ?? [],
      )
      return present({
        user_id: `auth0|${user['id']}`,
        email,
        email_verified: email === undefined ? null : user['active'],
        username: user['username'],
        name: user['name'] || null,
        blocked: String(user['suspended_till']).startsWith('2999'),
        user_metadata: presentOrNull(metadata),
        app_metadata: present({
          groups: listOrNull(groups),
          admin: user['admin'],
          moderator: user['moderator'],
          trust_level: user['trust_level'],
          title: user['title'] || null,
        }),
        identities: [
          { user_id: String(user['id']), provider: 'auth0', connection: CONNECTION, isSocial: false },
          ...[...mine(accounts).map(accountOf), ...mine(records).map(recordOf)].sort((a, b) =>
            byBytes(a.provider, b.provider),
          ),
        ],
        created_at: momentOf(user['created_at']),
        updated_at: momentOf(user['updated_at']),
        last_login: momentOf(user['last_seen_at']),
        last_ip: user['ip_address'],
        multifactor: listOrNull([
          ...mine(factors).flatMap((row) => (row['enabled'] === true && row['method'] === 1 ? ['totp'] : [])),
          ...mine(keys).flatMap((row) =>
            row['enabled'] === true && row['factor_type'] === 0 ? ['security_key'] : [],
          ),
        ]),
        locale: user['locale'] || null,
      }) as PlainProfile
    })
}

function accountOf({ provider_name: provider, provider_uid: uid, info }: Row) {
  const isEmpty = Object.keys(info as object).length === 0
  return {
    provider: String(provider),
    connection: provider,
    user_id: uid,
    isSocial: provider !== 'oidc',
    ...(isEmpty ? {} : { profileData: info }),
  }
}

function recordOf({ external_id: id }: Row) {
  return {
    provider: 'discourse_connect',
    connection: 'discourse_connect',
    user_id: id,
    isSocial: false,
    profileData: { username: 'ann' },
  }
}

testPreset({
  preset: discourse,
  tables: TABLES,
  asked: {},
  user: anyUser,
  fill,
  empty: EMPTY,
  read,
  paths: ['user_metadata.user_field_1[0]', 'app_metadata.groups[0]', 'app_metadata.trust_level', 'locale'],
  leftOut: (users) => ({
    bots: users.filter(({ kind }) => kind === 'bot').length,
    'staged users': users.filter(({ kind }) => kind === 'staged').length,
    'anonymous accounts': users.filter(({ kind }) => kind === 'anonymous').length,
  }),
})
