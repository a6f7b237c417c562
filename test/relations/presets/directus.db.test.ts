import fc from 'fast-check'
import { directus } from '../../../src/relations/presets/directus.ts'
import { directusProfile } from './directus-profile.ts'
import { allRows, anyMoment, anyText, insertAll, maybe, momentOf } from './preset-fixtures.ts'
import { testPreset } from './preset-harness.ts'

// As the migrations of Directus 12.4 made them, and with columns that a deployment added.
const TABLES = `
  create table directus_roles (id uuid primary key, name varchar(100) not null, parent uuid);
  create table directus_users (
    id uuid primary key, first_name varchar(50), last_name varchar(50), email varchar(128) unique, password varchar(255),
    location varchar(255), title varchar(50), description text, tags json, avatar uuid, language varchar(255), tfa_secret varchar(255),
    status varchar(16) not null default 'active', role uuid, token varchar(255) unique, last_access timestamptz, last_page varchar(255),
    provider varchar(128) not null default 'default', external_identifier varchar(255) unique, auth_data json,
    email_notifications boolean default true, text_direction varchar(255) not null default 'auto', shoe_size integer, api_key text);
  insert into directus_roles (id, name) values ('7d444840-9dc0-11d1-b245-5ffdce74fad2', 'Editors')
`

const anyUser = fc.record({
  id: fc.uuid(),
  first_name: maybe(anyText()),
  last_name: maybe(anyText()),
  has_email: fc.boolean(),
  location: maybe(anyText()),
  title: maybe(anyText()),
  description: maybe(anyText()),
  tags: maybe(fc.constantFrom([], ['a', 'b'])),
  language: maybe(fc.constantFrom('en-GB', 'de-DE')),
  status: fc.constantFrom(
    'draft',
    'invited',
    'unverified',
    'active',
    'suspended',
    'archived',
    'inactive-license',
  ),
  role: maybe(fc.constant('7d444840-9dc0-11d1-b245-5ffdce74fad2')),
  last_access: maybe(anyMoment),
  provider: fc.constantFrom('default', 'google'),
  shoe_size: maybe(fc.nat(50)),
})

testPreset<typeof anyUser extends fc.Arbitrary<infer T> ? T : never>({
  preset: directus,
  tables: TABLES,
  asked: {},
  user: anyUser,
  fill: (database, users) =>
    insertAll(database, {
      directus_users: users.map(({ has_email: hasEmail, ...user }, n) => ({
        ...user,
        email: hasEmail ? `User${n}@example.com` : null,
        external_identifier: user.provider === 'default' ? null : `g-${n}`,
        password: 'never read',
        tfa_secret: 'never read',
        token: `never read ${n}`,
        api_key: 'never read',
        auth_data: { refreshToken: 'never read' },
        text_direction: 'auto',
      })),
    }),
  empty: 'truncate directus_users',
  read: async (database) =>
    (await allRows(database, 'directus_users')).map((user) =>
      directusProfile(user, {
        role: user['role'] === null ? null : 'Editors',
        lastLogin: momentOf(user['last_access']),
      }),
    ),
  paths: ['user_metadata.tags[0]', 'user_metadata.shoe_size', 'app_metadata.role', 'locale'],
  leftOut: () => ({}),
})
