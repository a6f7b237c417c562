import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lookFor } from '../../../src/relations/find-users.ts'
import { zitadel } from '../../../src/relations/presets/zitadel.ts'
import type { Statements } from '../../../src/relations/relation.ts'
import {
  allRows,
  anyMoment,
  anyText,
  fullNameOf,
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
  create schema projections;
  create table projections.instances (id text primary key, name text not null default '', creation_date timestamptz);
  create table projections.orgs1 (id text not null, instance_id text not null, name text, primary key (instance_id, id));
  create table projections.users13 (
    id text not null, creation_date timestamptz not null, change_date timestamptz not null, sequence bigint not null, state smallint not null,
    resource_owner text not null, instance_id text not null, username text not null, type smallint not null, primary key (instance_id, id));
  create table projections.users13_humans (user_id text not null, instance_id text not null, email text, primary key (instance_id, user_id));
  create table projections.users14 (like projections.users13 including all);
  create table projections.users14_humans (
    user_id text not null, instance_id text not null, first_name text not null, last_name text not null, nick_name text,
    display_name text, preferred_language text, gender smallint, avatar_key text, email text not null,
    is_email_verified boolean not null default false, phone text, is_phone_verified boolean, password_change_required boolean,
    password_changed timestamptz, mfa_init_skipped timestamptz, primary key (instance_id, user_id));
  create table projections.users14_machines (
    user_id text not null, instance_id text not null, name text not null, description text, secret text, access_token_type smallint,
    primary key (instance_id, user_id));
  create table projections.user_metadata5 (
    user_id text not null, creation_date timestamptz, change_date timestamptz not null, sequence bigint, resource_owner text,
    instance_id text not null, key text not null, value bytea, primary key (instance_id, user_id, key));
  create table projections.idp_user_links3 (
    idp_id text not null, user_id text not null, external_user_id text not null, creation_date timestamptz, change_date timestamptz,
    sequence bigint, resource_owner text, instance_id text not null, display_name text not null, owner_removed boolean default false,
    primary key (instance_id, idp_id, external_user_id));
  create table projections.idp_templates6 (
    id text not null, instance_id text not null, name text, type smallint not null default 0, state smallint, primary key (instance_id, id));
  create table projections.user_auth_methods5 (
    user_id text not null, method_type smallint not null, token_id text not null, creation_date timestamptz, change_date timestamptz,
    state smallint not null, resource_owner text, instance_id text not null, name text, domain text,
    primary key (instance_id, user_id, method_type, token_id));
  create table projections.user_grants5 (
    id text not null, creation_date timestamptz, state smallint not null, instance_id text not null, user_id text not null,
    project_id text not null, grant_id text, roles text[], resource_owner text, primary key (instance_id, id));
  insert into projections.instances (id, name) values ('i-main', 'main'), ('i-other', 'other');
  insert into projections.orgs1 values ('org-1', 'i-main', 'one'), ('org-2', 'i-main', 'two'), ('org-1', 'i-other', 'one');
  insert into projections.idp_templates6 (id, instance_id, name, type)
    values ('p1', 'i-main', 'Google', 10), ('p2', 'i-main', 'corp', 12), ('p3', 'i-main', '', 1), ('p1', 'i-other', 'wrong', 6);
  insert into projections.users13 values ('old', now(), now(), 1, 1, 'org-1', 'i-main', 'stale', 1)
`

const EMPTY = `truncate projections.users14, projections.users14_humans, projections.users14_machines, projections.user_metadata5,
  projections.idp_user_links3, projections.user_auth_methods5, projections.user_grants5`

const VALUES: readonly (readonly [bytes: Buffer, text: string])[] = [
  ...['', 'plain', 'é😀\u07ff\uffff', '\ud7ff\ue000', '{"a":1}'].map(
    (text) => [Buffer.from(text), text] as const,
  ),
  ...['00', '61ff', 'c0af', 'eda080', 'f4908080', 'e28a', '80'].map((hex) => {
    const bytes = Buffer.from(hex, 'hex')
    return [bytes, bytes.toString('base64')] as const
  }),
  [Buffer.alloc(100, 0xff), Buffer.alloc(100, 0xff).toString('base64')],
]

const anyUser = fc.record({
  id: fc.noShrink(fc.uuid()),
  instance: fc.constantFrom('i-main', 'i-main', 'i-main', 'i-other'),
  organization: fc.constantFrom('org-1', 'org-1', 'org-1', 'org-2'),
  type: fc.constantFrom(1, 1, 1, 2),
  state: fc.constantFrom(1, 1, 2, 3, 4, 5, 6),
  first_name: fc.oneof(anyText(), fc.constant('')),
  last_name: anyText(),
  nick_name: maybe(anyText()),
  display_name: maybe(fc.oneof(anyText(), fc.constant(''))),
  preferred_language: fc.constantFrom(null, '', 'de'),
  is_email_verified: fc.boolean(),
  has_phone: fc.boolean(),
  is_phone_verified: maybe(fc.boolean()),
  password_changed: maybe(anyMoment),
  creation_date: anyMoment,
  change_date: anyMoment,
  metadata: fc.uniqueArray(
    fc.record({
      key: fc.constantFrom('team', 'a.b', 'ünits', 'raw'),
      value: fc.nat(VALUES.length - 1),
      change_date: anyMoment,
    }),
    { maxLength: 4, selector: ({ key }) => key },
  ),
  links: fc.uniqueArray(
    fc.record({
      idp_id: fc.constantFrom('p1', 'p2', 'p3', 'gone'),
      display_name: fc.oneof(anyText(), fc.constant('')),
    }),
    { maxLength: 3, selector: ({ idp_id }) => idp_id },
  ),
  methods: fc.uniqueArray(
    fc.record({ method_type: fc.constantFrom(1, 2, 3, 4, 5, 6, 7), state: fc.constantFrom(1, 2, 2) }),
    { maxLength: 4, selector: ({ method_type }) => method_type },
  ),
  grants: fc.array(
    fc.record({
      project_id: fc.constantFrom('p-1', 'p-2'),
      state: fc.constantFrom(1, 1, 2),
      roles: fc.uniqueArray(fc.constantFrom('reader', 'Admin', 'élan'), { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
})

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never

/** An id is unique in its instance only: each user, and one of the other instance who has the same id and other data. */
function withNamesakes(users: readonly User[]): readonly User[] {
  return users.flatMap((user, n) =>
    user.instance === 'i-other'
      ? [user]
      : [user, { ...(users[(n + 1) % users.length] ?? user), id: user.id, instance: 'i-other' }],
  )
}

async function fill(database: Statements, chosen: readonly User[]): Promise<void> {
  const users = withNamesakes(chosen)
  const each = <T, Made>(of: (user: User) => readonly T[], make: (one: T, user: User, n: number) => Made) =>
    users.flatMap((user) =>
      of(user).map((one, n) => ({ user_id: user.id, instance_id: user.instance, ...make(one, user, n) })),
    )
  await insertAll(database, {
    'projections.users14': users.map(({ id, instance, organization, type, state, ...user }, n) => ({
      ...{ id, instance_id: instance, resource_owner: organization, type, state, sequence: n },
      ...{ username: `User-${n}`, creation_date: user.creation_date, change_date: user.change_date },
    })),
    'projections.users14_humans': users
      .filter(({ type }) => type === 1)
      .map((user, n) => ({
        ...{
          user_id: user.id,
          instance_id: user.instance,
          first_name: user.first_name,
          last_name: user.last_name,
        },
        ...{
          nick_name: user.nick_name,
          display_name: user.display_name,
          password_changed: user.password_changed,
        },
        ...{
          preferred_language: user.preferred_language,
          avatar_key: 'users/avatar',
          email: `User${n}@Example.com`,
        },
        ...{ is_email_verified: user.is_email_verified, phone: user.has_phone ? `+1555000${n}` : null },
        is_phone_verified: user.is_phone_verified,
      })),
    'projections.users14_machines': users
      .filter(({ type }) => type === 2)
      .map(({ id, instance }) => ({
        user_id: id,
        instance_id: instance,
        name: 'robot',
        secret: 'never read',
      })),
    'projections.user_metadata5': each(
      ({ metadata }) => metadata,
      ({ key, value, change_date }) => ({
        key,
        change_date,
        value: `\\x${VALUES[value]?.[0].toString('hex')}`,
      }),
    ),
    'projections.idp_user_links3': each(
      ({ links }) => links,
      (link, { id }) => ({ ...link, external_user_id: `${link.idp_id}-${id}` }),
    ),
    'projections.user_auth_methods5': each(
      ({ methods }) => methods,
      (method) => ({ ...method, token_id: '' }),
    ),
    'projections.user_grants5': each(
      ({ grants }) => grants,
      (grant, { id }, n) => ({ ...grant, id: `${id}-${n}` }),
    ),
  })
}

const PROVIDERS: Readonly<Record<string, readonly [provider: string, connection: string]>> = {
  p1: ['google-oauth2', 'Google'],
  p2: ['samlp', 'corp'],
  p3: ['oidc', 'p3'],
  gone: ['gone', 'gone'],
}

const METHODS = ['', 'totp', 'u2f', 'passkey', '', '', 'sms', 'email']

async function read(database: Statements): Promise<readonly PlainProfile[]> {
  const all = async <R extends Row = Row>(table: string) =>
    (await allRows<R>(database, `projections.${table}`)).filter((row) => row['instance_id'] === 'i-main')
  const [users, humans, metadata] = [
    await all('users14'),
    await all('users14_humans'),
    await all('user_metadata5'),
  ]
  const [links, methods] = [await all('idp_user_links3'), await all('user_auth_methods5')]
  const grants = await all<Row & { readonly roles: readonly string[] }>('user_grants5')
  return users
    .filter((user) => user['resource_owner'] === 'org-1')
    .filter((user) => user['type'] === 1 && user['state'] !== 3)
    .map((user) => {
      const id = String(user['id'])
      const human = humans.find((row) => row['user_id'] === id) ?? {}
      const mine = <R extends Row>(rows: readonly R[]) => rows.filter((row) => row['user_id'] === id)
      const roles: Record<string, readonly string[]> = {}
      for (const grant of mine(grants).filter((row) => row['state'] === 1 && row.roles.length > 0)) {
        const project = String(grant['project_id'])
        roles[project] = listOrNull([...(roles[project] ?? []), ...grant.roles]) ?? []
      }
      return present({
        user_id: `auth0|${id}`,
        email: human['email'],
        email_verified: human['is_email_verified'],
        username: user['username'],
        phone_number: human['phone'],
        phone_verified: human['phone'] === null ? null : human['is_phone_verified'] === true,
        name: human['display_name'] || fullNameOf(human['first_name'], human['last_name']),
        given_name: human['first_name'],
        family_name: human['last_name'],
        nickname: human['nick_name'],
        blocked: [2, 4, 5].includes(Number(user['state'])),
        user_metadata: presentOrNull(
          Object.fromEntries(mine(metadata).map((row) => [row['key'], shownText(String(row['value']))])),
        ),
        app_metadata: present({
          organization: user['resource_owner'],
          state: ['', 'active', 'inactive', 'deleted', 'locked', 'suspended', 'initial'][
            Number(user['state'])
          ],
          roles: presentOrNull(roles),
        }),
        identities: [
          { user_id: id, provider: 'auth0', connection: CONNECTION, isSocial: false },
          ...mine(links)
            .toSorted((a, b) => byBytes(String(a['idp_id']), String(b['idp_id'])))
            .map((link) => ({
              provider: PROVIDERS[String(link['idp_id'])]?.[0],
              connection: PROVIDERS[String(link['idp_id'])]?.[1],
              user_id: link['external_user_id'],
              isSocial: link['idp_id'] === 'p1',
              ...(link['display_name'] === '' ? {} : { profileData: { name: link['display_name'] } }),
            })),
        ],
        created_at: momentOf(user['creation_date']),
        updated_at: [user['change_date'], ...mine(metadata).map((row) => row['change_date'])]
          .map(momentOf)
          .sort()
          .at(-1),
        last_password_reset: momentOf(human['password_changed']),
        multifactor: listOrNull(
          mine(methods)
            .filter((row) => row['state'] === 2)
            .flatMap((row) => METHODS[Number(row['method_type'])] || []),
        ),
        locale: human['preferred_language'] || null,
      }) as PlainProfile
    })
}

/** PostgreSQL writes bytes in hexadecimal, after `\x`. */
function shownText(bytes: string): string | undefined {
  return VALUES.find(([value]) => `\\x${value.toString('hex')}` === bytes)?.[1]
}

testPreset({
  preset: zitadel,
  tables: TABLES,
  asked: { instance: 'main', organization: 'org-1' },
  user: anyUser,
  fill,
  empty: EMPTY,
  read,
  paths: [
    'user_metadata.team',
    'user_metadata["a.b"]',
    'app_metadata.state',
    'app_metadata.roles["p-1"][0]',
    'locale',
  ],
  leftOut: (users) => {
    const mine = users.filter(
      ({ instance, organization }) => instance === 'i-main' && organization === 'org-1',
    )
    return {
      'machine users': mine.filter(({ type, state }) => type === 2 && state !== 3).length,
      'deleted users': mine.filter(({ state }) => state === 3).length,
    }
  },
})

test('tables of Zitadel without the newer columns and tables are read from the table with the highest number', () => {
  const tables = new Map(
    ['users9', 'users9_humans', 'users10', 'users10_humans', 'users11'].map((name) => [
      name,
      new Map<string, string>(),
    ]),
  )
  const { from, columns } = zitadel.users(lookFor({ schema: 'projections', tables }, { instance: 'x' }))
  expect(from).toContain('"users10" as u')
  expect(from).not.toContain('metadata5')
  expect(Object.keys(columns)).not.toContain('last_password_reset')
})
