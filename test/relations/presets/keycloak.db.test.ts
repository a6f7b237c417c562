import fc from 'fast-check'
import { keycloak } from '../../../src/relations/presets/keycloak.ts'
import type { Statements } from '../../../src/relations/relation.ts'
import {
  allRows,
  fullNameOf,
  insertAll,
  listOrNull,
  maybe,
  momentOf,
  present,
  presentOrNull,
} from './preset-fixtures.ts'
import { byBytes, CONNECTION, type PlainProfile, testPreset } from './preset-harness.ts'

const TABLES = `
  create table realm (id varchar(36) primary key, name varchar(255) unique);
  create table user_entity (
    id varchar(36) primary key, email varchar(255), email_constraint varchar(255), email_verified boolean not null default false,
    enabled boolean not null default false, federation_link varchar(255), first_name varchar(255), last_name varchar(255),
    realm_id varchar(255), username varchar(255), created_timestamp bigint, service_account_client_link varchar(255),
    not_before int not null default 0, unique (realm_id, email_constraint), unique (realm_id, username));
  create index idx_user_email on user_entity (email);
  create table user_attribute (
    id varchar(36) primary key default gen_random_uuid(), name varchar(255) not null, value varchar(255), user_id varchar(36) not null,
    long_value_hash bytea, long_value_hash_lower_case bytea, long_value text);
  create index idx_user_attribute on user_attribute (user_id);
  create table identity_provider (
    internal_id varchar(36) primary key default gen_random_uuid(), provider_alias varchar(255), provider_id varchar(255), realm_id varchar(36));
  create table federated_identity (
    identity_provider varchar(255) not null, realm_id varchar(36), federated_user_id varchar(255), federated_username varchar(255),
    token text, user_id varchar(36) not null, primary key (identity_provider, user_id));
  create table credential (
    id varchar(36) primary key default gen_random_uuid(), salt bytea, type varchar(255), user_id varchar(36), created_date bigint,
    user_label varchar(255), secret_data text, credential_data text, priority int);
  create table client (id varchar(36) primary key, client_id varchar(255), realm_id varchar(36));
  create table keycloak_role (
    id varchar(36) primary key, name varchar(255), client_role boolean not null default false, client varchar(36), realm_id varchar(255));
  create table user_role_mapping (role_id varchar(255) not null, user_id varchar(36) not null, primary key (role_id, user_id));
  create table keycloak_group (id varchar(36) primary key, name varchar(255), parent_group varchar(36) not null, realm_id varchar(36));
  create table user_group_membership (group_id varchar(36) not null, user_id varchar(36) not null, primary key (group_id, user_id));
  insert into realm values ('r-main', 'main'), ('r-other', 'other');
  insert into identity_provider (provider_alias, provider_id, realm_id)
    values ('google', 'google', 'r-main'), ('google', 'github', 'r-other'), ('corp', 'saml', 'r-main');
  insert into client values ('c-app', 'app', 'r-main'), ('c-api', 'api', 'r-main');
  insert into keycloak_role values ('role-a', 'a', false, null, 'r-main'), ('role-b', 'b', false, null, 'r-main'),
    ('role-c', 'c', true, 'c-app', 'r-main'), ('role-d', 'd', true, 'c-api', 'r-main'), ('role-e', 'e', true, 'c-app', 'r-main');
  insert into keycloak_group values ('g-top', 'staff', ' ', 'r-main'), ('g-sub', 'sales', 'g-top', 'r-main'), ('g-two', 'sales', ' ', 'r-main')
`

const EMPTY = `truncate user_entity, user_attribute, federated_identity, credential, user_role_mapping, user_group_membership`

const text = (maxLength: number) =>
  fc.oneof(
    fc.constantFrom('', ' ', '0', `O'Hara "x", =1+1`, 'é😀\n2', 'a;b', '\\', 'auth0|x'),
    fc.string({ unit: 'grapheme', maxLength }).filter((value) => !value.includes('\u0000')),
  )

const anyUser = fc.record({
  id: fc.uuid(),
  kind: fc.constantFrom('user', 'user', 'user', 'user', 'service account'),
  realm: fc.constantFrom('r-main', 'r-main', 'r-main', 'r-main', 'r-other'),
  has_email: fc.boolean(),
  email_verified: fc.boolean(),
  enabled: fc.boolean(),
  first_name: maybe(text(8)),
  last_name: maybe(text(8)),
  created_timestamp: maybe(fc.integer({ min: 0, max: 4_102_444_799_999 })),
  attributes: fc.array(
    fc.record({
      name: fc.constantFrom(
        'phoneNumber',
        'phoneNumberVerified',
        'picture',
        'locale',
        'a.b',
        'ünits',
        'team',
      ),
      value: fc.oneof(text(20), fc.constant('true'), fc.constant('x'.repeat(300))),
    }),
    { maxLength: 5 },
  ),
  links: fc.uniqueArray(fc.constantFrom('google', 'corp', 'unlisted'), { maxLength: 3 }),
  federated_username: maybe(text(8)),
  credentials: fc.array(fc.constantFrom('password', 'otp', 'webauthn', 'recovery-authn-codes'), {
    maxLength: 4,
  }),
  roles: fc.uniqueArray(fc.constantFrom('role-a', 'role-b', 'role-c', 'role-d', 'role-e'), { maxLength: 5 }),
  groups: fc.uniqueArray(fc.constantFrom('g-top', 'g-sub', 'g-two'), { maxLength: 3 }),
})

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never

async function fill(database: Statements, users: readonly User[]): Promise<void> {
  const each = <T, Made>(of: (user: User) => readonly T[], make: (one: T, user: User) => Made) =>
    users.flatMap((user) => of(user).map((one) => ({ user_id: user.id, ...make(one, user) })))
  await insertAll(database, {
    user_entity: users.map(({ id, kind, realm, has_email: hasEmail, ...user }, n) => ({
      id,
      email: hasEmail ? `user${n}@example.com` : null,
      email_constraint: hasEmail ? `user${n}@example.com` : id,
      email_verified: user.email_verified,
      enabled: user.enabled,
      first_name: user.first_name,
      last_name: user.last_name,
      realm_id: realm,
      username: `user-${n}`,
      created_timestamp: user.created_timestamp,
      service_account_client_link: kind === 'service account' ? 'c-app' : null,
    })),
    user_attribute: each(
      ({ attributes }) => attributes,
      ({ name, value }) =>
        value.length > 255 ? { name, value: null, long_value: value } : { name, value, long_value: null },
    ),
    federated_identity: each(
      ({ links }) => links,
      (link, user) => ({
        identity_provider: link,
        realm_id: user.realm,
        federated_user_id: `${link}-${user.id}`,
        federated_username: user.federated_username,
        token: 'never read',
      }),
    ),
    credential: each(
      ({ credentials }) => credentials,
      (type) => ({ type, secret_data: 'never read' }),
    ),
    user_role_mapping: each(
      ({ roles }) => roles,
      (role) => ({ role_id: role }),
    ),
    user_group_membership: each(
      ({ groups }) => groups,
      (group) => ({ group_id: group }),
    ),
  })
}

type Row = Readonly<Record<string, string>>

/** The paths of the groups in TABLES, read by eye. */
const GROUP_PATHS: Readonly<Record<string, string>> = {
  'g-top': '/staff',
  'g-sub': '/staff/sales',
  'g-two': '/sales',
}

async function read(database: Statements): Promise<readonly PlainProfile[]> {
  const all = (table: string) => allRows<Row>(database, table)
  const [attributes, links, credentials, mappings, memberships] = [
    await all('user_attribute'),
    await all('federated_identity'),
    await all('credential'),
    await all('user_role_mapping'),
    await all('user_group_membership'),
  ]
  const roles = new Map((await all('keycloak_role')).map((role) => [role['id'], role]))
  const clients = new Map((await all('client')).map((client) => [client['id'], client['client_id'] ?? '']))
  const users = await allRows(database, 'user_entity')
  const ofUser = (rows: readonly Row[], id: unknown) => rows.filter((row) => row['user_id'] === id)
  return users
    .filter((user) => user['realm_id'] === 'r-main' && user['service_account_client_link'] === null)
    .map((user) => {
      const id = String(user['id'])
      const metadata: Record<string, string[]> = {}
      for (const { name = '', value, long_value: long } of ofUser(attributes, id))
        metadata[name] = [...(metadata[name] ?? []), long ?? value ?? ''].sort(byBytes)
      const inRealm: string[] = []
      const inClients: Record<string, string[]> = {}
      for (const { role_id: roleId } of ofUser(mappings, id)) {
        const { name = '', client } = roles.get(roleId) ?? {}
        if (client === undefined || client === null) inRealm.push(name)
        else
          inClients[clients.get(client) ?? ''] = [...(inClients[clients.get(client) ?? ''] ?? []), name].sort(
            byBytes,
          )
      }
      const groups = ofUser(memberships, id).map((row) => GROUP_PATHS[row['group_id'] ?? ''] ?? '')
      const factors = ofUser(credentials, id).flatMap(({ type = '' }) =>
        /^(otp|webauthn)$/.test(type ?? '') ? [type] : [],
      )
      const verified = metadata['phoneNumberVerified']?.[0]
      const identities = ofUser(links, id)
        .sort((a, b) => ((a['identity_provider'] ?? '') < (b['identity_provider'] ?? '') ? -1 : 1))
        .map((link) => ({
          provider:
            { google: 'google', corp: 'saml' }[link['identity_provider'] ?? ''] ?? link['identity_provider'],
          connection: link['identity_provider'],
          user_id: link['federated_user_id'],
          isSocial: link['identity_provider'] === 'google',
          ...(link['federated_username'] === null
            ? {}
            : { profileData: { username: link['federated_username'] } }),
        }))
      return present({
        user_id: `auth0|${id}`,
        email: user['email'],
        email_verified: user['email_verified'],
        username: user['username'],
        phone_number: metadata['phoneNumber']?.[0],
        phone_verified: verified === undefined ? null : verified === 'true',
        name: fullNameOf(user['first_name'], user['last_name']),
        given_name: user['first_name'],
        family_name: user['last_name'],
        picture: metadata['picture']?.[0],
        blocked: user['enabled'] !== true,
        user_metadata: presentOrNull(metadata),
        app_metadata: presentOrNull({
          roles: listOrNull(inRealm),
          client_roles: presentOrNull(inClients),
          groups: listOrNull(groups),
        }),
        identities: [
          { user_id: id, provider: 'auth0', connection: CONNECTION, isSocial: false },
          ...identities,
        ],
        created_at: momentOf(user['created_timestamp']),
        multifactor: listOrNull(factors),
      }) as PlainProfile
    })
}

testPreset({
  preset: keycloak,
  tables: TABLES,
  asked: { realm: 'main' },
  user: anyUser,
  fill,
  empty: EMPTY,
  read,
  paths: [
    'user_metadata.team[0]',
    'user_metadata["a.b"][0]',
    'app_metadata.roles[0]',
    'app_metadata.client_roles.app[0]',
  ],
  leftOut: (users) => ({
    'service accounts': users.filter(({ kind, realm }) => kind === 'service account' && realm === 'r-main')
      .length,
  }),
})
