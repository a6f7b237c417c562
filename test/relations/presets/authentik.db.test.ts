import fc from 'fast-check'
import { authentik } from '../../../src/relations/presets/authentik.ts'
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
} from './preset-fixtures.ts'
import { byBytes, CONNECTION, type PlainProfile, testPreset } from './preset-harness.ts'

const GOOGLE = '5f9a1a55-8a9d-4a3c-8f0a-000000000001'
const OPENID = '5f9a1a55-8a9d-4a3c-8f0a-000000000002'
const SAML = '5f9a1a55-8a9d-4a3c-8f0a-000000000003'
const SALES = '5f9a1a55-8a9d-4a3c-8f0a-00000000000a'
const ELAN = '5f9a1a55-8a9d-4a3c-8f0a-00000000000b'

const DEVICES = ['totp_totp', 'webauthn_webauthn', 'duo_duo', 'sms_sms'].map(
  (name) => `authentik_stages_authenticator_${name}device`,
)

const device = (name: string): string =>
  `create table ${name} (id serial primary key, user_id int not null, name text, confirmed boolean not null, key text)`

const USER = `
    id serial primary key, password varchar(128) not null, last_login timestamptz, username varchar(150) unique not null,
    email varchar(254) not null, is_active boolean not null, date_joined timestamptz not null, uuid uuid unique not null,
    name text not null, password_change_date timestamptz not null, attributes jsonb not null`

const OTHERS = `
  create table authentik_core_group (group_uuid uuid primary key, name text not null);
  create table authentik_core_source (policybindingmodel_ptr_id uuid primary key, name text, slug varchar(50) unique not null);
  create table authentik_sources_oauth_oauthsource (source_ptr_id uuid primary key, provider_type varchar(255) not null, consumer_secret text);
  insert into authentik_core_group values ('${SALES}', 'Sales'), ('${ELAN}', 'élan');
  insert into authentik_core_source values ('${GOOGLE}', 'Google', 'g'), ('${OPENID}', 'OpenID', 'Corp'), ('${SAML}', 'SAML', 'saml');
  insert into authentik_sources_oauth_oauthsource values ('${GOOGLE}', 'google', 'never read'), ('${OPENID}', 'openidconnect', 'never read')`

const NEW = `
  create table authentik_core_user (${USER}, type text not null, path text not null, last_updated timestamptz not null);
  create table authentik_core_user_groups (id serial primary key, user_id int not null, group_id uuid not null);
  create table authentik_core_usersourceconnection (
    id serial primary key, user_id int not null, source_id uuid not null, identifier text not null, created timestamptz, last_updated timestamptz);
  ${DEVICES.map(device).join('; ')}; ${OTHERS}
`

const OLD = `
  create table authentik_core_user (${USER});
  create table authentik_core_user_groups (id serial primary key, user_id int not null, group_id int not null);
  create table authentik_core_user_ak_groups (id serial primary key, user_id int not null, group_id uuid not null);
  create table authentik_core_usersourceconnection (id serial primary key, user_id int not null, source_id uuid not null);
  create table authentik_sources_oauth_useroauthsourceconnection (usersourceconnection_ptr_id int primary key, identifier varchar(255), access_token text);
  create table authentik_sources_saml_usersamlsourceconnection (usersourceconnection_ptr_id int primary key, identifier text);
  ${DEVICES.slice(0, 1).map(device).join('; ')}; ${OTHERS}
`

const anyUser = fc.record({
  kind: fc.constantFrom('internal', 'internal', 'external', 'service_account', 'internal_service_account'),
  has_email: fc.boolean(),
  name: fc.oneof(anyText(), fc.constant('')),
  is_active: fc.boolean(),
  attributes: anyJson,
  avatar: fc.constantFrom(undefined, '', 'https://example.com/a.png'),
  locale: fc.constantFrom(undefined, 'de'),
  date_joined: anyMoment,
  last_updated: anyMoment,
  last_login: maybe(anyMoment),
  password_change_date: anyMoment,
  groups: fc.uniqueArray(fc.constantFrom(SALES, ELAN), { maxLength: 2 }),
  sources: fc.uniqueArray(fc.constantFrom(GOOGLE, OPENID, SAML), { maxLength: 3 }),
  devices: fc.array(fc.record({ kind: fc.constantFrom(0, 1, 2, 3), confirmed: fc.boolean() }), {
    maxLength: 3,
  }),
})

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never
type Version = 'new' | 'old'

const SERVICE_ACCOUNT = 'goauthentik.io/user/service-account'

const isProgram = ({ kind }: User): boolean => /service_account/.test(kind)

function filling(version: Version) {
  return async (database: Statements, users: readonly User[]): Promise<void> => {
    const isNew = version === 'new'
    await insertAll(database, {
      authentik_core_user: [
        ...users.map((user, n) => ({
          ...{ id: n + 1, password: 'never read', last_login: user.last_login, username: `User-${n}` },
          ...{
            email: user.has_email ? `User${n}@Example.com` : '',
            is_active: user.is_active,
            name: user.name,
          },
          ...{ date_joined: user.date_joined, uuid: fc.sample(fc.uuid(), { seed: n, numRuns: 1 })[0] },
          password_change_date: user.password_change_date,
          attributes: {
            ...{ ...user.attributes, avatar: user.avatar, settings: { locale: user.locale } },
            ...(!isNew && isProgram(user) ? { [SERVICE_ACCOUNT]: true } : {}),
          },
          ...(isNew ? { type: user.kind, path: 'users', last_updated: user.last_updated } : {}),
        })),
        ...users.slice(0, 1).map((user) => ({
          ...{
            id: 1000,
            password: '',
            last_login: null,
            username: 'AnonymousUser',
            email: '',
            is_active: true,
            name: '',
          },
          ...{
            date_joined: user.date_joined,
            uuid: GOOGLE,
            password_change_date: user.date_joined,
            attributes: {},
          },
          ...(isNew ? { type: 'internal', path: 'users', last_updated: user.last_updated } : {}),
        })),
      ],
      [isNew ? 'authentik_core_user_groups' : 'authentik_core_user_ak_groups']: users.flatMap(
        ({ groups }, n) => groups.map((group, m) => ({ id: n * 10 + m, user_id: n + 1, group_id: group })),
      ),
      authentik_core_usersourceconnection: users.flatMap(({ sources }, n) =>
        sources.map((source, m) => ({
          ...{ id: n * 10 + m, user_id: n + 1, source_id: source },
          ...(isNew ? { identifier: `at-${n}` } : {}),
        })),
      ),
    })
    if (!isNew) {
      const kinds = { oauth: [GOOGLE, OPENID], saml: [SAML] }
      for (const [kind, ids] of Object.entries(kinds))
        await insertAll(database, {
          [`authentik_sources_${kind}_user${kind}sourceconnection`]: users.flatMap(({ sources }, n) =>
            sources.flatMap((source, m) =>
              ids.includes(source)
                ? [{ usersourceconnection_ptr_id: n * 10 + m, identifier: `at-${n}` }]
                : [],
            ),
          ),
        })
    }
    for (const [kind, table] of DEVICES.entries())
      await insertAll(database, {
        [table]: users.flatMap(({ devices }, n) =>
          devices.flatMap((device, m) =>
            device.kind === kind && (isNew || kind === 0)
              ? [
                  {
                    id: n * 10 + m,
                    user_id: n + 1,
                    name: 'd',
                    confirmed: device.confirmed,
                    key: 'never read',
                  },
                ]
              : [],
          ),
        ),
      })
  }
}

function reading(version: Version) {
  return async (database: Statements): Promise<readonly PlainProfile[]> => {
    const isNew = version === 'new'
    const [users, members, connections] = [
      await allRows(database, 'authentik_core_user'),
      await allRows(database, isNew ? 'authentik_core_user_groups' : 'authentik_core_user_ak_groups'),
      await allRows(database, 'authentik_core_usersourceconnection'),
    ]
    const factors: { readonly type: string; readonly row: Row }[] = []
    for (const table of isNew ? DEVICES : DEVICES.slice(0, 1))
      for (const row of await allRows(database, table))
        factors.push({ type: table.replace(/.*_authenticator_([a-z]+)_.*/, '$1'), row })
    return users
      .filter((user) => user['username'] !== 'AnonymousUser')
      .filter((user) =>
        isNew
          ? !String(user['type']).includes('service_account')
          : (user['attributes'] as Readonly<Record<string, unknown>>)[SERVICE_ACCOUNT] !== true,
      )
      .map((user) => {
        const id = Number(user['id'])
        const mine = (row: Row) => row['user_id'] === id
        const attributes = user['attributes'] as {
          readonly avatar?: string
          readonly settings: { readonly locale?: string }
        }
        return present({
          user_id: `auth0|${id}`,
          email: user['email'] || null,
          username: user['username'],
          name: user['name'] || null,
          picture: attributes.avatar || null,
          blocked: user['is_active'] === false,
          user_metadata: attributes,
          app_metadata: presentOrNull({
            groups: listOrNull(
              members.filter(mine).map((row) => (row['group_id'] === SALES ? 'Sales' : 'élan')),
            ),
            type: user['type'],
            path: user['path'],
          }),
          identities: [
            { user_id: String(id), provider: 'auth0', connection: CONNECTION, isSocial: false },
            ...connections
              .filter(mine)
              .map((row) => ({
                provider:
                  { [GOOGLE]: 'google', [OPENID]: 'openidconnect' }[String(row['source_id'])] ?? 'saml',
                connection: { [GOOGLE]: 'g', [OPENID]: 'Corp' }[String(row['source_id'])] ?? 'saml',
                user_id: `at-${id - 1}`,
                isSocial: row['source_id'] === GOOGLE,
              }))
              .sort((a, b) => byBytes(a.connection, b.connection)),
          ],
          created_at: momentOf(user['date_joined']),
          updated_at: momentOf(user['last_updated']),
          last_login: momentOf(user['last_login']),
          last_password_reset: momentOf(user['password_change_date']),
          multifactor: listOrNull(
            factors.filter(({ row }) => mine(row) && row['confirmed'] === true).map(({ type }) => type),
          ),
          uuid: user['uuid'],
          locale: attributes.settings.locale,
        }) as PlainProfile
      })
  }
}

for (const version of ['new', 'old'] as const) {
  const isNew = version === 'new'
  const devices = isNew ? DEVICES : DEVICES.slice(0, 1)
  const kinds = isNew
    ? []
    : ['oauth', 'saml'].map((kind) => `authentik_sources_${kind}_user${kind}sourceconnection`)
  const members = isNew ? 'authentik_core_user_groups' : 'authentik_core_user_ak_groups'
  testPreset({
    preset: authentik,
    tables: isNew ? NEW : OLD,
    asked: {},
    user: anyUser,
    fill: filling(version),
    empty: `truncate authentik_core_user, ${[members, 'authentik_core_usersourceconnection', ...kinds, ...devices].join(', ')}`,
    read: reading(version),
    paths: ['user_metadata.team', 'app_metadata.groups[0]', 'uuid', 'locale'],
    leftOut: (users) => ({
      'service accounts': users.filter(isProgram).length + Math.min(users.length, 1),
    }),
  })
}
