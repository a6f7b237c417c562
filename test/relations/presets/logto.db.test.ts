import fc from 'fast-check'
import { logto } from '../../../src/relations/presets/logto.ts'
import type { Statements } from '../../../src/relations/relation.ts'
import {
  allRows,
  anyJson,
  anyMoment,
  anyText,
  insertAll,
  listOrNull,
  maybe,
  momentOf,
  present,
  presentOrNull,
  type Row,
  someOrNull,
} from './preset-fixtures.ts'
import { byBytes, CONNECTION, type PlainProfile, testPreset } from './preset-harness.ts'

const TABLES = `
  create table tenants (id varchar(21) primary key, db_user varchar(128), db_user_password varchar(128));
  create table users (
    tenant_id varchar(21) not null, id varchar(12) primary key, username varchar(128), primary_email varchar(128),
    primary_phone varchar(128), password_encrypted varchar(256), password_encryption_method text, name varchar(128), avatar varchar(2048),
    profile jsonb not null default '{}', application_id varchar(21), identities jsonb not null default '{}',
    custom_data jsonb not null default '{}', logto_config jsonb not null default '{}', mfa_verifications jsonb not null default '[]',
    is_suspended boolean not null default false, last_sign_in_at timestamptz, password_updated_at timestamptz,
    created_at timestamptz not null, updated_at timestamptz not null,
    unique (tenant_id, username), unique (tenant_id, primary_email), unique (tenant_id, primary_phone));
  create table user_sso_identities (
    tenant_id varchar(21) not null, id varchar(21) primary key, user_id varchar(12) not null, issuer varchar(256) not null,
    identity_id varchar(128) not null, detail jsonb not null default '{}', created_at timestamp not null default now(),
    updated_at timestamptz not null default now(), sso_connector_id varchar(128) not null, unique (tenant_id, issuer, identity_id));
  create table roles (tenant_id varchar(21) not null, id varchar(21) primary key, name varchar(128) not null);
  create table users_roles (tenant_id varchar(21) not null, id varchar(21) primary key, user_id varchar(21) not null, role_id varchar(21) not null);
  create table organizations (tenant_id varchar(21) not null, id varchar(21) primary key, name varchar(128) not null);
  create table organization_roles (tenant_id varchar(21) not null, id varchar(21) primary key, name varchar(128) not null);
  create table organization_user_relations (
    tenant_id varchar(21), organization_id varchar(21), user_id varchar(21), primary key (tenant_id, organization_id, user_id));
  create table organization_role_user_relations (
    tenant_id varchar(21), organization_id varchar(21), organization_role_id varchar(21), user_id varchar(21),
    primary key (tenant_id, organization_id, organization_role_id, user_id));
  insert into tenants values ('default', 'd', 'never read'), ('admin', 'a', 'never read');
  insert into roles values ('default', 'r1', 'editor'), ('default', 'r2', 'Viewer'), ('default', 'r3', 'élan');
  insert into organizations values ('default', 'o1', 'Zoo'), ('default', 'o2', 'Acme');
  insert into organization_roles values ('default', 'or1', 'owner'), ('default', 'or2', 'member')
`

const EMPTY =
  'truncate users, user_sso_identities, users_roles, organization_user_relations, organization_role_user_relations'

const anyUser = fc.record({
  tenant: fc.constantFrom('default', 'default', 'default', 'admin'),
  has_username: fc.boolean(),
  email: fc.constantFrom('plain', 'Mixed', null),
  has_phone: fc.boolean(),
  name: maybe(anyText()),
  avatar: maybe(anyText()),
  profile: fc.dictionary(
    fc.constantFrom('givenName', 'familyName', 'nickname', 'website'),
    fc.oneof(anyText(), fc.constantFrom('', null)),
  ),
  accounts: fc.dictionary(
    fc.constantFrom('google', 'github', 'wechat-web'),
    fc.record({
      userId: anyText(),
      details: fc.oneof(
        fc.constantFrom(undefined, null),
        fc.record({ name: maybe(anyText()), rawData: fc.constant({ large: true }) }),
      ),
    }),
  ),
  custom_data: anyJson,
  is_suspended: fc.boolean(),
  last_sign_in_at: maybe(anyMoment),
  password_updated_at: maybe(anyMoment),
  created_at: anyMoment,
  updated_at: anyMoment,
  companies: fc.uniqueArray(
    fc.record({ issuer: fc.constantFrom('https://b', 'https://A'), detail: anyJson }),
    {
      maxLength: 2,
      selector: ({ issuer }) => issuer,
    },
  ),
  roles: fc.uniqueArray(fc.constantFrom('r1', 'r2', 'r3'), { maxLength: 3 }),
  organizations: fc.uniqueArray(fc.constantFrom('o1', 'o2'), { maxLength: 2 }),
  organization_roles: fc.uniqueArray(fc.constantFrom('or1', 'or2'), { maxLength: 2 }),
})

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never

async function fill(database: Statements, users: readonly User[]): Promise<void> {
  const each = <T, Made>(of: (user: User) => readonly T[], make: (one: T, user: User) => Made) =>
    users.flatMap((user, n) =>
      of(user).map((one, m) => ({
        tenant_id: user.tenant,
        user_id: `u${n}`,
        id: `${n}-${m}`,
        ...make(one, user),
      })),
    )
  const without = <T extends { readonly id: string }>(rows: readonly T[]) =>
    rows.map(({ id: _, ...row }) => row)
  await insertAll(database, {
    users: users.map((user, n) => ({
      tenant_id: user.tenant,
      id: `u${n}`,
      username: user.has_username ? `User_${n}` : null,
      primary_email: user.email === null ? null : `${user.email}${n}@example.com`,
      primary_phone: user.has_phone ? `1555000${n}` : null,
      password_encrypted: 'never read',
      name: user.name,
      avatar: user.avatar,
      profile: user.profile,
      identities: user.accounts,
      custom_data: user.custom_data,
      logto_config: {},
      mfa_verifications: [{ type: 'Totp', key: 'never read' }],
      is_suspended: user.is_suspended,
      last_sign_in_at: user.last_sign_in_at,
      password_updated_at: user.password_updated_at,
      created_at: user.created_at,
      updated_at: user.updated_at,
    })),
    user_sso_identities: users.flatMap((user, n) =>
      user.companies.map(({ issuer, detail }, m) => ({
        ...{
          tenant_id: user.tenant,
          id: `${n}-${m}`,
          user_id: `u${n}`,
          issuer,
          identity_id: `at-${n}`,
          detail,
        },
        ...{ created_at: user.created_at, updated_at: user.updated_at, sso_connector_id: `c-${m}` },
      })),
    ),
    users_roles: each(
      ({ roles }) => roles,
      (role) => ({ role_id: role }),
    ),
    organization_user_relations: without(
      each(
        ({ organizations }) => organizations,
        (organization) => ({ organization_id: organization }),
      ),
    ),
    organization_role_user_relations: without(
      each(
        ({ organizations, organization_roles }) => (organizations.includes('o1') ? organization_roles : []),
        (role) => ({ organization_id: 'o1', organization_role_id: role }),
      ),
    ),
  })
}

async function read(database: Statements): Promise<readonly PlainProfile[]> {
  const nameOf = async (table: string) => {
    const rows = await allRows(database, table)
    return (id: unknown): string => String(rows.find((row) => row['id'] === id)?.['name'])
  }
  const [roleName, organizationName, organizationRoleName] = [
    await nameOf('roles'),
    await nameOf('organizations'),
    await nameOf('organization_roles'),
  ]
  const [users, companies, roles, members, grants] = [
    await allRows(database, 'users'),
    await allRows(database, 'user_sso_identities'),
    await allRows(database, 'users_roles'),
    await allRows(database, 'organization_user_relations'),
    await allRows(database, 'organization_role_user_relations'),
  ]
  return users
    .filter((user) => user['tenant_id'] === 'default')
    .map((user) => {
      const id = String(user['id'])
      const mine = (rows: readonly Row[]) => rows.filter((row) => row['user_id'] === id)
      const profile = user['profile'] as Readonly<Record<string, string | null>>
      const organizations = mine(members)
        .map((member) => member['organization_id'])
        .toSorted()
        .map((organization) => ({
          id: organization,
          name: organizationName(organization),
          roles: mine(grants)
            .filter((grant) => grant['organization_id'] === organization)
            .map((grant) => organizationRoleName(grant['organization_role_id']))
            .sort(byBytes),
        }))
      return present({
        user_id: `auth0|${id}`,
        email: user['primary_email'],
        email_verified: user['primary_email'] === null ? null : true,
        username: user['username'],
        phone_number: user['primary_phone'],
        phone_verified: user['primary_phone'] === null ? null : true,
        name: user['name'],
        given_name: profile['givenName'] || null,
        family_name: profile['familyName'] || null,
        nickname: profile['nickname'] || null,
        picture: user['avatar'],
        blocked: user['is_suspended'],
        user_metadata: user['custom_data'],
        app_metadata: presentOrNull({
          roles: listOrNull(mine(roles).map((row) => roleName(row['role_id']))),
          organizations: someOrNull(organizations),
        }),
        identities: [
          { user_id: id, provider: 'auth0', connection: CONNECTION, isSocial: false },
          ...accountsOf(user),
          ...mine(companies)
            .toSorted((a, b) => byBytes(String(a['issuer']), String(b['issuer'])))
            .map((row) => ({
              provider: row['issuer'],
              connection: row['sso_connector_id'],
              user_id: row['identity_id'],
              isSocial: false,
              ...(Object.keys(row['detail'] as object).length === 0 ? {} : { profileData: row['detail'] }),
            })),
        ],
        created_at: momentOf(user['created_at']),
        updated_at: momentOf(user['updated_at']),
        last_login: momentOf(user['last_sign_in_at']),
        last_password_reset: momentOf(user['password_updated_at']),
        profile: Object.keys(profile).length === 0 ? null : profile,
      }) as PlainProfile
    })
}

function accountsOf(user: Row) {
  const accounts = user['identities'] as Readonly<
    Record<string, { readonly userId: string; readonly details?: { readonly name: string } | null }>
  >
  return Object.entries(accounts)
    .sort(([a], [b]) => byBytes(a, b))
    .map(([target, { userId, details }]) => ({
      provider: target,
      connection: target,
      user_id: userId,
      isSocial: true,
      ...(details ? { profileData: { name: details.name } } : {}),
    }))
}

testPreset({
  preset: logto,
  tables: TABLES,
  asked: { tenant: 'default' },
  user: anyUser,
  fill,
  empty: EMPTY,
  read,
  paths: [
    'user_metadata.team',
    'app_metadata.roles[0]',
    'app_metadata.organizations[0].name',
    'profile.website',
  ],
  leftOut: () => ({}),
})
