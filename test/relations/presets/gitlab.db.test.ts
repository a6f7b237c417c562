import fc from 'fast-check'
import { gitlab } from '../../../src/relations/presets/gitlab.ts'
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
  create table organizations (id bigserial primary key, name text, path text not null unique);
  create table users (
    id bigserial primary key, email varchar not null unique, encrypted_password varchar not null, reset_password_token varchar,
    sign_in_count int, current_sign_in_at timestamp, last_sign_in_at timestamp, current_sign_in_ip varchar, last_sign_in_ip varchar,
    created_at timestamp, updated_at timestamp, name varchar, admin boolean not null, projects_limit int not null, username varchar,
    state varchar, avatar varchar, confirmation_token varchar, confirmed_at timestamp, encrypted_otp_secret varchar,
    otp_required_for_login boolean not null, otp_backup_codes text, external boolean, preferred_language varchar, first_name varchar,
    last_name varchar, user_type smallint, organization_id bigint not null, otp_secret varchar, feed_token varchar);
  create index index_on_users_lower_email on users (lower(email));
  create table user_details (
    user_id bigint primary key, job_title varchar(200) not null default '', bio varchar(255) not null default '',
    location text not null default '', organization text not null default '');
  create table identities (
    id bigserial primary key, extern_uid varchar, provider varchar, user_id bigint, created_at timestamp, updated_at timestamp);
  create table webauthn_registrations (id bigserial primary key, user_id bigint not null, credential_xid text not null, public_key text not null);
  create table emails (id bigserial primary key, user_id bigint not null, email varchar not null, confirmation_token varchar, confirmed_at timestamp);
  create table members (
    id bigserial primary key, access_level int not null, source_id bigint not null, source_type varchar not null, user_id bigint,
    type varchar, invite_token varchar, requested_at timestamp);
  create table routes (id bigserial primary key, source_id bigint not null, source_type varchar not null, path varchar not null);
  insert into organizations values (1, 'Default', 'default'), (2, 'Other', 'other');
  insert into routes values (1, 5, 'Namespace', 'acme/Team'), (2, 6, 'Namespace', 'zoo'), (3, 5, 'Project', 'acme/project')
`

const EMPTY = 'truncate users, user_details, identities, webauthn_registrations, emails, members'

const anyUser = fc.record({
  organization: fc.constantFrom(1, 1, 1, 2),
  user_type: fc.constantFrom(null, 0, 0, 0, 0, 4, 13, 15, 17, 5, 6),
  name: anyText(),
  first_name: fc.oneof(anyText(), fc.constantFrom(null, '')),
  last_name: maybe(anyText()),
  state: fc.constantFrom(
    'active',
    'blocked',
    'ldap_blocked',
    'banned',
    'deactivated',
    'blocked_pending_approval',
  ),
  admin: fc.boolean(),
  external: fc.boolean(),
  confirmed_at: maybe(anyMoment),
  current_sign_in_at: maybe(anyMoment),
  current_sign_in_ip: fc.constantFrom(null, '', '192.0.2.1', '2001:db8::1'),
  sign_in_count: fc.nat(1000),
  created_at: anyMoment,
  updated_at: anyMoment,
  otp_required_for_login: fc.boolean(),
  preferred_language: fc.constantFrom(null, '', 'de'),
  details: maybe(
    fc.record({
      job_title: fc.oneof(anyText(), fc.constant('')),
      location: fc.constantFrom('', 'Bern'),
      organization: fc.constant(''),
    }),
  ),
  accounts: fc.uniqueArray(fc.constantFrom('github', 'ldapmain', 'group_saml'), { maxLength: 3 }),
  devices: fc.nat(2),
  emails: fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'B'), maybe(anyMoment)), {
    maxLength: 2,
    selector: ([name]) => name,
  }),
  members: fc.uniqueArray(
    fc.record({
      source_id: fc.constantFrom(5, 6),
      type: fc.constantFrom('GroupMember', 'GroupMember', 'ProjectMember'),
      requested_at: fc.constantFrom(null, null, '2024-01-01T00:00:00Z'),
    }),
    { maxLength: 2, selector: ({ source_id }) => source_id },
  ),
})

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never

async function fill(database: Statements, users: readonly User[]): Promise<void> {
  const each = <Made extends object>(make: (user: User, n: number) => readonly Made[]) =>
    users.flatMap((user, n) =>
      make(user, n).map((made, m) => ({ id: n * 100 + m + 1, user_id: n + 1, ...made })),
    )
  await insertAll(database, {
    users: users.map((user, n) => ({
      ...{
        id: n + 1,
        email: `User${n}@Example.com`,
        encrypted_password: 'never read',
        sign_in_count: user.sign_in_count,
      },
      ...{ current_sign_in_at: user.current_sign_in_at, current_sign_in_ip: user.current_sign_in_ip },
      ...{ created_at: user.created_at, updated_at: user.updated_at, name: user.name, admin: user.admin },
      ...{ projects_limit: 10, username: `User_${n}`, state: user.state, confirmed_at: user.confirmed_at },
      ...{
        otp_required_for_login: user.otp_required_for_login,
        otp_secret: 'never read',
        external: user.external,
      },
      ...{
        preferred_language: user.preferred_language,
        first_name: user.first_name,
        last_name: user.last_name,
      },
      ...{ user_type: user.user_type, organization_id: user.organization },
    })),
    user_details: users.flatMap(({ details }, n) =>
      details === null ? [] : [{ user_id: n + 1, bio: 'not exported', ...details }],
    ),
    identities: each(({ accounts }, n) =>
      accounts.map((provider) => ({
        provider,
        extern_uid: `uid=${n},ou=é`,
        created_at: null,
        updated_at: null,
      })),
    ),
    webauthn_registrations: each(({ devices }) =>
      Array.from({ length: devices }, () => ({ credential_xid: 'never read', public_key: 'never read' })),
    ),
    emails: each(({ emails }, n) =>
      emails.map(([name, confirmedAt]) => ({ email: `${name}${n}@example.com`, confirmed_at: confirmedAt })),
    ),
    members: each(({ members }) =>
      members.map((member) => ({ ...member, access_level: 30, source_type: 'Namespace' })),
    ),
  })
}

async function read(database: Statements): Promise<readonly PlainProfile[]> {
  const [users, details, accounts] = [
    await allRows(database, 'users'),
    await allRows(database, 'user_details'),
    await allRows(database, 'identities'),
  ]
  const [devices, emails, members] = [
    await allRows(database, 'webauthn_registrations'),
    await allRows(database, 'emails'),
    await allRows(database, 'members'),
  ]
  return users
    .filter(
      (user) => user['organization_id'] === 1 && (user['user_type'] === null || user['user_type'] === 0),
    )
    .map((user) => {
      const mine = (rows: readonly Row[]) => rows.filter((row) => row['user_id'] === user['id'])
      const detail = mine(details)[0]
      const factors = [
        ...(user['otp_required_for_login'] === true ? ['totp'] : []),
        ...mine(devices).map(() => 'webauthn'),
      ]
      return present({
        user_id: `auth0|${user['id']}`,
        email: user['email'],
        email_verified: user['confirmed_at'] !== null,
        username: user['username'],
        name: user['name'],
        given_name: user['first_name'] || null,
        family_name: user['last_name'],
        blocked: user['state'] !== 'active' && user['state'] !== 'deactivated',
        user_metadata: presentOrNull({
          job_title: detail?.['job_title'] || null,
          location: detail?.['location'] || null,
        }),
        app_metadata: present({
          state: user['state'],
          admin: user['admin'],
          external: user['external'],
          groups: listOrNull(
            mine(members)
              .filter((row) => row['type'] === 'GroupMember' && row['requested_at'] === null)
              .map((row) => (row['source_id'] === 5 ? 'acme/Team' : 'zoo')),
          ),
          emails: listOrNull(
            mine(emails)
              .filter((row) => row['confirmed_at'] !== null)
              .map((row) => String(row['email'])),
          ),
        }),
        identities: [
          { user_id: String(user['id']), provider: 'auth0', connection: CONNECTION, isSocial: false },
          ...mine(accounts)
            .toSorted((a, b) => byBytes(String(a['provider']), String(b['provider'])))
            .map(({ provider, extern_uid: uid }) => ({
              provider,
              connection: provider,
              user_id: uid,
              isSocial: provider === 'github',
            })),
        ],
        created_at: momentOf(user['created_at']),
        updated_at: momentOf(user['updated_at']),
        last_login: momentOf(user['current_sign_in_at']),
        last_ip: user['current_sign_in_ip'] || null,
        logins_count: user['sign_in_count'],
        multifactor: listOrNull(factors),
        locale: user['preferred_language'] || null,
      }) as PlainProfile
    })
}

testPreset({
  preset: gitlab,
  tables: TABLES,
  asked: { organization: 'default' },
  user: anyUser,
  fill,
  empty: EMPTY,
  read,
  paths: [
    'user_metadata.job_title',
    'app_metadata.groups[0]',
    'app_metadata.admin',
    'app_metadata.emails',
    'locale',
  ],
  leftOut: (users) => {
    const types = users.filter(({ organization }) => organization === 1).map((user) => user.user_type ?? 0)
    return {
      'service accounts': types.filter((type) => [4, 13].includes(type)).length,
      placeholders: types.filter((type) => [15, 17].includes(type)).length,
      bots: types.filter((type) => [5, 6].includes(type)).length,
    }
  },
})
