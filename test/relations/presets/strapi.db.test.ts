import fc from 'fast-check'
import { strapi } from '../../../src/relations/presets/strapi.ts'
import {
  allRows,
  anyMoment,
  anyText,
  insertAll,
  maybe,
  momentOf,
  present,
  presentOrNull,
} from './preset-fixtures.ts'
import { CONNECTION, type PlainProfile, testPreset } from './preset-harness.ts'

// As the start of Strapi 5.54 made them, and with columns that a deployment added.
const TABLES = `
  create table up_roles (id serial primary key, document_id varchar(255), name varchar(255), description varchar(255), type varchar(255));
  create table up_users (
    id serial primary key, document_id varchar(255), username varchar(255), email varchar(255), provider varchar(255), password varchar(255),
    reset_password_token varchar(255), confirmation_token varchar(255), confirmed boolean, blocked boolean, created_at timestamp(6),
    updated_at timestamp(6), published_at timestamp(6), created_by_id integer, updated_by_id integer, locale varchar(255), shoe_size integer,
    born_at timestamp(6), api_key varchar(255));
  create table up_users_role_lnk (id serial primary key, user_id integer, role_id integer, user_ord double precision, unique (user_id, role_id));
  create index on up_users_role_lnk (user_id);
  insert into up_roles (name, type) values ('Authenticated', 'authenticated'), ('Éditeur', 'editor')
`

const anyUser = fc.record({
  has_document: fc.boolean(),
  username: maybe(anyText()),
  has_email: fc.boolean(),
  provider: maybe(fc.constantFrom('local', 'google')),
  confirmed: maybe(fc.boolean()),
  blocked: maybe(fc.boolean()),
  created_at: maybe(anyMoment),
  updated_at: maybe(anyMoment),
  locale: maybe(fc.constant('en')),
  shoe_size: maybe(fc.nat(50)),
  born_at: maybe(anyMoment),
  // Strapi gives one.
  roles: fc.uniqueArray(fc.constantFrom(1, 2), { maxLength: 2 }),
})

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never

function userRow({ roles, has_document: hasDocument, has_email: hasEmail, ...user }: User, n: number) {
  return {
    ...user,
    id: n + 1,
    document_id: hasDocument ? `doc${n}` : null,
    email: hasEmail ? `User${n}@example.com` : null,
    password: 'never read',
    reset_password_token: 'never read',
    confirmation_token: 'never read',
    api_key: 'never read',
  }
}

testPreset<User>({
  preset: strapi,
  tables: TABLES,
  asked: {},
  user: anyUser,
  fill: (database, users) => {
    const links = users.flatMap(({ roles }, n) => roles.map((role) => ({ user_id: n + 1, role_id: role })))
    return insertAll(database, {
      up_users: users.map(userRow),
      up_users_role_lnk: links.map((link, n) => ({ id: n + 1, ...link })),
    })
  },
  empty: 'truncate up_users, up_users_role_lnk',
  read: async (database) => {
    const roles = new Map((await allRows(database, 'up_roles')).map((role) => [role['id'], role['name']]))
    const links = (await allRows(database, 'up_users_role_lnk')).toSorted(
      (a, b) => Number(a['id']) - Number(b['id']),
    )
    return (await allRows(database, 'up_users')).map((user) => {
      const link = links.find((row) => row['user_id'] === user['id'])
      return present({
        user_id: `auth0|${user['id']}`,
        email: user['email'],
        email_verified: user['confirmed'],
        username: user['username'],
        blocked: user['blocked'],
        user_metadata: presentOrNull({ shoe_size: user['shoe_size'], born_at: momentOf(user['born_at']) }),
        app_metadata: presentOrNull({
          role: roles.get(link?.['role_id'] ?? null),
          provider: user['provider'],
        }),
        identities: [
          { user_id: String(user['id']), provider: 'auth0', connection: CONNECTION, isSocial: false },
        ],
        created_at: momentOf(user['created_at']),
        updated_at: momentOf(user['updated_at']),
        document_id: user['document_id'],
      }) as PlainProfile
    })
  },
  paths: ['user_metadata.shoe_size', 'user_metadata.born_at', 'app_metadata.role', 'document_id'],
  leftOut: () => ({}),
})
