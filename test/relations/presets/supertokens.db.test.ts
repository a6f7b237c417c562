import fc from 'fast-check'
import { supertokens } from '../../../src/relations/presets/supertokens.ts'
import type { Statements } from '../../../src/relations/relation.ts'
import {
  allRows,
  anyJson,
  anyMillis,
  anyText,
  fullNameOf,
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
  create table apps (app_id varchar(64) primary key, created_at_time bigint);
  create table tenants (app_id varchar(64), tenant_id varchar(64), created_at_time bigint, primary key (app_id, tenant_id));
  create table app_id_to_user_id (
    app_id varchar(64) not null default 'public', user_id char(36) not null, recipe_id varchar(128) not null,
    primary_or_recipe_user_id char(36) not null, is_linked_or_is_a_primary_user boolean not null default false, primary key (app_id, user_id));
  create index app_id_to_user_id_primary_user_id_index on app_id_to_user_id (primary_or_recipe_user_id, app_id);
  create table all_auth_recipe_users (
    app_id varchar(64) not null, tenant_id varchar(64) not null, user_id char(36) not null, primary_or_recipe_user_id char(36) not null,
    is_linked_or_is_a_primary_user boolean, recipe_id varchar(128) not null, time_joined bigint not null,
    primary_or_recipe_user_time_joined bigint not null, primary key (app_id, tenant_id, user_id));
  create table emailpassword_users (
    app_id varchar(64), user_id char(36), email varchar(256) not null, password_hash varchar(256) not null, time_joined bigint not null,
    primary key (app_id, user_id));
  create table passwordless_users (
    app_id varchar(64), user_id char(36), email varchar(256), phone_number varchar(256), time_joined bigint not null, primary key (app_id, user_id));
  create table thirdparty_users (
    app_id varchar(64), third_party_id varchar(28) not null, third_party_user_id varchar(256) not null, user_id char(36),
    email varchar(256) not null, time_joined bigint not null, primary key (app_id, user_id));
  create table webauthn_users (
    app_id varchar(64), user_id char(36), email varchar(256) not null, rp_id varchar(256), time_joined bigint not null, primary key (app_id, user_id));
  create table emailverification_verified_emails (app_id varchar(64), user_id varchar(128), email varchar(256), primary key (app_id, user_id, email));
  create table userid_mapping (
    app_id varchar(64), supertokens_user_id char(36), external_user_id varchar(128), external_user_id_info text,
    primary key (app_id, supertokens_user_id, external_user_id), unique (app_id, supertokens_user_id), unique (app_id, external_user_id));
  create table user_metadata (app_id varchar(64), user_id varchar(128), user_metadata text not null, primary key (app_id, user_id));
  create table user_last_active (app_id varchar(64), user_id varchar(128), last_active_time bigint, primary key (app_id, user_id));
  create table user_roles (app_id varchar(64), tenant_id varchar(64), user_id varchar(128), role varchar(255), primary key (app_id, tenant_id, user_id, role));
  create table totp_user_devices (
    app_id varchar(64), user_id varchar(128), device_name varchar(256), secret_key varchar(256) not null, period int, skew int,
    verified boolean not null, primary key (app_id, user_id, device_name));
  insert into apps values ('public', 1), ('second', 1);
  insert into tenants values ('public', 'public', 1), ('public', 'acme', 1), ('second', 'public', 1)
`

const EMPTY = `truncate app_id_to_user_id, all_auth_recipe_users, emailpassword_users, passwordless_users, thirdparty_users, webauthn_users,
  emailverification_verified_emails, userid_mapping, user_metadata, user_last_active, user_roles, totp_user_devices`

const anyLogin = fc.record({
  id: fc.noShrink(fc.uuid()),
  recipe: fc.constantFrom('emailpassword', 'passwordless', 'thirdparty', 'webauthn'),
  email: fc.constantFrom('Ann@example.com', 'bo@example.com', 'cy@example.com'),
  has_email: fc.boolean(),
  phone_number: fc.constantFrom('+15550001', '+15550002'),
  third_party_id: fc.constantFrom('google', 'okta'),
  time_joined: fc.oneof(anyMillis, fc.constant(1_700_000_000_000)),
  is_verified: fc.boolean(),
  tenants: fc.uniqueArray(fc.constantFrom('public', 'acme'), { maxLength: 2 }),
  is_mapped: fc.boolean(),
})

const anyUser = fc.record({
  app: fc.constantFrom('public', 'public', 'public', 'second'),
  logins: fc.array(anyLogin, { minLength: 1, maxLength: 3 }),
  /** The primary user's own login was deleted; its id stays. */
  is_hollow: fc.boolean(),
  metadata: maybe(anyJson),
  first_name: maybe(anyText()),
  last_name: maybe(anyText()),
  last_active_time: maybe(anyMillis),
  roles: fc.uniqueArray(
    fc.tuple(fc.constantFrom('public', 'acme'), fc.constantFrom('admin', 'Editor', 'élan')),
    {
      maxLength: 4,
      selector: String,
    },
  ),
  devices: fc.array(fc.boolean(), { maxLength: 2 }),
})

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never
type Login = typeof anyLogin extends fc.Arbitrary<infer T> ? T : never

const outerId = ({ id, is_mapped: isMapped }: Login): string => (isMapped ? `my|${id}` : id)

/** An id is unique in its app only: each user, and one of the other app who has the same ids and other data. */
function withNamesakes(users: readonly User[]): readonly User[] {
  return users.flatMap((user, n) => {
    if (user.app === 'second') return [user]
    const logins = user.logins.map((login) => ({
      ...login,
      ...{ time_joined: login.time_joined + 1, is_verified: !login.is_verified },
      tenants: (['public', 'acme'] as const).filter((tenant) => !login.tenants.includes(tenant)),
    }))
    return [user, { ...(users[(n + 1) % users.length] ?? user), app: 'second' as const, logins }]
  })
}

async function fill(database: Statements, chosen: readonly User[]): Promise<void> {
  const users = withNamesakes(chosen)
  const each = <Made>(make: (login: Login, user: User, primary: Login) => readonly Made[]) =>
    users.flatMap((user) => user.logins.flatMap((login) => make(login, user, primaryOf(user))))
  const ofPrimary = <Made extends object>(make: (user: User) => readonly Made[]) =>
    users.flatMap((user) =>
      make(user).map((made) => ({ app_id: user.app, user_id: outerId(primaryOf(user)), ...made })),
    )
  const byRecipe = (recipe: string, make: (login: Login) => object) =>
    each((login, user, primary) =>
      login.recipe !== recipe || (user.is_hollow && user.logins.length > 1 && login === primary)
        ? []
        : [{ app_id: user.app, user_id: login.id, time_joined: login.time_joined, ...make(login) }],
    )
  await insertAll(database, {
    app_id_to_user_id: each(({ id, recipe }, { app, logins }, primary) => [
      ...[{ app_id: app, user_id: id, recipe_id: recipe, primary_or_recipe_user_id: primary.id }].map(
        (row) => ({
          ...row,
          is_linked_or_is_a_primary_user: logins.length > 1,
        }),
      ),
    ]),
    all_auth_recipe_users: each(({ id, recipe, tenants, time_joined }, { app }, primary) =>
      tenants.map((tenant) => ({
        ...{
          app_id: app,
          tenant_id: tenant,
          user_id: id,
          primary_or_recipe_user_id: primary.id,
          recipe_id: recipe,
        },
        ...{ time_joined, primary_or_recipe_user_time_joined: time_joined },
      })),
    ),
    emailpassword_users: byRecipe('emailpassword', ({ email }) => ({ email, password_hash: 'never read' })),
    passwordless_users: byRecipe('passwordless', ({ email, has_email: hasEmail, phone_number }) =>
      hasEmail ? { email, phone_number: null } : { email: null, phone_number },
    ),
    thirdparty_users: byRecipe('thirdparty', ({ email, third_party_id, id }) => ({
      ...{ email, third_party_id, third_party_user_id: `at-${id}` },
    })),
    webauthn_users: byRecipe('webauthn', ({ email }) => ({ email })),
    emailverification_verified_emails: each((login, { app }) =>
      login.is_verified ? [{ app_id: app, user_id: outerId(login), email: login.email }] : [],
    ),
    userid_mapping: each((login, { app }) =>
      login.is_mapped
        ? [{ app_id: app, supertokens_user_id: login.id, external_user_id: outerId(login) }]
        : [],
    ),
    user_metadata: ofPrimary(({ metadata, first_name, last_name }) =>
      metadata === null ? [] : [{ user_metadata: JSON.stringify({ ...metadata, first_name, last_name }) }],
    ),
    user_last_active: ofPrimary(({ last_active_time }) =>
      last_active_time === null ? [] : [{ last_active_time }],
    ),
    user_roles: ofPrimary(({ roles }) => roles.map(([tenant, role]) => ({ tenant_id: tenant, role }))),
    totp_user_devices: ofPrimary(({ devices }) =>
      devices.map((verified, n) => ({ device_name: `d${n}`, secret_key: 'never read', verified })),
    ),
  })
}

function primaryOf({ logins }: User): Login {
  const [first] = logins
  if (first === undefined) throw new Error('a user has a login')
  return first
}

const reading =
  (tenant: string | undefined) =>
  async (database: Statements): Promise<readonly PlainProfile[]> => {
    const all = async (table: string) =>
      (await allRows(database, table)).filter((row) => row['app_id'] === 'public')
    const recipes = ['emailpassword_users', 'passwordless_users', 'thirdparty_users', 'webauthn_users']
    const logins: (Row & { readonly table: string })[] = []
    for (const table of recipes) logins.push(...(await all(table)).map((row) => ({ ...row, table }) as never))
    const [users, inTenants, mapped] = [
      await all('app_id_to_user_id'),
      await all('all_auth_recipe_users'),
      await all('userid_mapping'),
    ]
    const [verified, metadata, active] = [
      await all('emailverification_verified_emails'),
      await all('user_metadata'),
      await all('user_last_active'),
    ]
    const [roles, devices] = [await all('user_roles'), await all('totp_user_devices')]
    const outer = (id: unknown): string =>
      String(mapped.find((row) => row['supertokens_user_id'] === id)?.['external_user_id'] ?? id)
    const tenantsOf = (user: Row): readonly string[] =>
      inTenants
        .filter((row) => row['primary_or_recipe_user_id'] === user['user_id'])
        .map((row) => String(row['tenant_id']))
    const isVerified = ({ table, user_id: id, email }: Row) =>
      table === 'passwordless_users' ||
      verified.some((row) => row['user_id'] === outer(id) && row['email'] === email)
    return users
      .filter((user) => user['user_id'] === user['primary_or_recipe_user_id'])
      .filter((user) => tenant === undefined || tenantsOf(user).includes(tenant))
      .map((user) => {
        const id = outer(user['user_id'])
        const group = users.filter((row) => row['primary_or_recipe_user_id'] === user['user_id'])
        const own = logins
          .filter((login) => group.some((row) => row['user_id'] === login['user_id']))
          .sort(
            (a, b) =>
              Number(a['time_joined']) - Number(b['time_joined']) ||
              byBytes(String(a['user_id']), String(b['user_id'])),
          )
        const withEmail = own.filter((login) => login['email'] !== null)
        const withPhone = own.filter((login) => (login['phone_number'] ?? null) !== null)
        const json = metadata.find((row) => row['user_id'] === id)?.['user_metadata']
        const data = json === undefined ? null : JSON.parse(String(json))
        const first = withEmail[0]
        return present({
          user_id: `auth0|${id}`,
          email: first?.['email'],
          email_verified: first === undefined ? null : isVerified(first),
          phone_number: withPhone[0]?.['phone_number'],
          phone_verified: withPhone.length > 0 || null,
          name: fullNameOf(data?.first_name, data?.last_name),
          given_name: data?.first_name,
          family_name: data?.last_name,
          user_metadata: data,
          app_metadata: presentOrNull({
            roles: listOrNull(
              roles
                .filter((row) => row['user_id'] === id && (tenant ?? row['tenant_id']) === row['tenant_id'])
                .map((row) => String(row['role'])),
            ),
            tenants: tenant === undefined ? listOrNull(tenantsOf(user)) : [tenant],
            emails: listOrNull(withEmail.map((login) => String(login['email']))),
            phone_numbers: listOrNull(withPhone.map((login) => String(login['phone_number']))),
          }),
          identities: [
            { user_id: id, provider: 'auth0', connection: CONNECTION, isSocial: false },
            ...own
              .filter(({ table }) => table === 'thirdparty_users')
              .map(linkedOf)
              .sort(byProvider),
          ],
          created_at: momentOf(own.map((login) => Number(login['time_joined'])).sort((a, b) => a - b)[0]),
          last_login: momentOf(active.find((row) => row['user_id'] === id)?.['last_active_time']),
          multifactor: someOrNull(
            devices.filter((row) => row['user_id'] === id && row['verified'] === true),
          ) && ['totp'],
        }) as PlainProfile
      })
  }

function linkedOf(login: Row) {
  const provider = String(login['third_party_id'])
  return {
    provider,
    connection: provider,
    user_id: String(login['third_party_user_id']),
    isSocial: provider === 'google',
    profileData: { email: login['email'] },
  }
}

type Linked = ReturnType<typeof linkedOf>

function byProvider(a: Linked, b: Linked): number {
  return byBytes(a.provider, b.provider) || byBytes(a.user_id, b.user_id)
}

for (const tenant of ['acme', undefined]) {
  testPreset({
    preset: supertokens,
    tables: TABLES,
    asked: { app: 'public', ...(tenant === undefined ? {} : { tenant }) },
    user: anyUser,
    fill,
    empty: EMPTY,
    read: reading(tenant),
    paths: [
      'user_metadata.team',
      'app_metadata.roles[0]',
      'app_metadata.emails[1]',
      'app_metadata.tenants[0]',
    ],
    leftOut: (users) => ({
      'linked users': users.filter(({ app }) => app === 'public').flatMap(({ logins }) => logins.slice(1))
        .length,
    }),
  })
}
