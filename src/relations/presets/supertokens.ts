import { fullName, identityOf, objectOf } from '../json-sql.ts'
import { momentOfMillis } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'

export const supertokens: Preset = {
  name: 'supertokens',
  product: 'SuperTokens',
  schema: 'public',
  triedOn: '9 (tables written from its plugin)',
  asks: [
    {
      name: 'app',
      about: 'Id of the app: `public` unless more were made.',
      choices: ({ table }) => `select app_id::text as value, app_id::text as name from ${table('apps')}`,
    },
    {
      name: 'tenant',
      about: 'Id of the tenant of the app. Without it, the users of all its tenants are read.',
      isOptional: true,
      choices: ({ table }) =>
        `select distinct tenant_id::text as value, tenant_id::text as name from ${table('tenants')}`,
    },
  ],
  recognizes: ({ tables }) =>
    tables.get('app_id_to_user_id')?.has('primary_or_recipe_user_id') === true &&
    tables.has('all_auth_recipe_users'),
  users,
}

// A person may sign in by several recipes, each with a user of its own; these are linked to a primary user. Other tables
// name a user by the id that the operator's application gave it, if it did.
const ID = 'coalesce(x.external_user_id, u.user_id::text)'

function users(look: Look): PresetUsers {
  const { table, asked, isAsked } = look
  const app = `u.app_id = ${asked('app')}`
  const inTenant = isAsked('tenant') ? [`exists (${tenantsOf(look, 'select')})`] : []
  const claim = (name: string): string => `nullif(d.user_metadata::jsonb ->> '${name}', '')`
  return {
    from: `${table('app_id_to_user_id')} as u
      left join ${table('userid_mapping')} as x on x.app_id = u.app_id and x.supertokens_user_id = u.user_id
      left join ${table('user_metadata')} as d on d.app_id = u.app_id and d.user_id = ${ID}
      left join ${table('user_last_active')} as a on a.app_id = u.app_id and a.user_id = ${ID}
      ${logins(look)} ${roles(look)} ${tenants(look)} ${factors(look)}`,
    where: [app, 'u.primary_or_recipe_user_id = u.user_id', ...inTenant],
    key: { sql: 'u.user_id', type: 'text' },
    id: ID,
    columns: {
      email: 'logins.email',
      email_verified: 'logins.is_verified',
      phone_number: 'logins.phone',
      phone_verified: 'case when logins.phone is not null then true end',
      name: fullName(claim('first_name'), claim('last_name')),
      given_name: claim('first_name'),
      family_name: claim('last_name'),
      user_metadata: 'd.user_metadata::jsonb',
      app_metadata: objectOf({
        roles: 'roles.names',
        tenants: 'tenants.ids',
        emails: 'logins.emails',
        phone_numbers: 'logins.phones',
      }),
      created_at: momentOfMillis('logins.joined'),
      last_login: momentOfMillis('a.last_active_time'),
      multifactor: 'factors.types',
    },
    linkedIdentities: 'logins.linked',
    lowerCase: [],
    indexed: [],
    leftOut: [
      {
        what: 'linked users',
        why: 'Users of other recipes of the same person: their emails and identities are at the primary user.',
        count: `select count(*) from ${table('app_id_to_user_id')} as u where ${app}
          and u.primary_or_recipe_user_id <> u.user_id`,
      },
    ],
    reads: readsOf(look),
  }
}

const RECIPES = {
  emailpassword_users: { email: 'email', phone: 'null::text', isProven: false },
  passwordless_users: { email: 'email', phone: 'phone_number', isProven: true },
  thirdparty_users: { email: 'email', phone: 'null::text', isProven: false },
  webauthn_users: { email: 'email', phone: 'null::text', isProven: false },
}

// The recipe without a password proves the email by a code. Of the others, a table lists what was verified.
function logins(look: Look): string {
  const { table, has } = look
  const found = Object.entries(RECIPES).filter(([name]) => name !== 'webauthn_users' || has(name))
  const each = found.map(([name, { email, phone, isProven }]) => {
    const [provider, subject] =
      name === 'thirdparty_users' ? ['third_party_id', 'third_party_user_id'] : ['null', 'null']
    return `select ${email}::text, ${phone}::text, time_joined, ${provider}::text, ${subject}::text, ${isProven}
      from ${table(name)} where app_id = m.app_id and user_id = m.user_id`
  })
  const identity = identityOf({
    provider: 'provider',
    connection: 'provider',
    userId: 'subject',
    isSocial: `provider not in ('active-directory', 'boxy-saml', 'google-workspaces', 'okta')`,
    profileData: objectOf({ email: 'email' }),
  })
  const first = (value: string, of: string): string =>
    `(array_agg(${value} order by time_joined, user_id collate "C") filter (where ${of} is not null))[1]`
  return `left join lateral (
    select ${first('email', 'email')} as email, ${first('is_verified', 'email')} as is_verified, ${first('phone', 'phone')} as phone,
      min(time_joined) as joined, jsonb_agg(distinct email collate "C") filter (where email is not null) as emails,
      jsonb_agg(distinct phone collate "C") filter (where phone is not null) as phones,
      jsonb_agg(${identity} order by provider collate "C", subject collate "C") filter (where provider is not null) as linked
    from (
      select l.*, m.user_id, l.is_proven or exists (
        select from ${table('emailverification_verified_emails')} as v left join ${table('userid_mapping')} as o
          on o.app_id = m.app_id and o.supertokens_user_id = m.user_id
        where v.app_id = m.app_id and v.email = l.email and v.user_id = coalesce(o.external_user_id, m.user_id::text)
      ) as is_verified
      from ${table('app_id_to_user_id')} as m cross join lateral (
        ${each.join(' union all ')}
      ) as l (email, phone, time_joined, provider, subject, is_proven)
      where m.app_id = u.app_id and m.primary_or_recipe_user_id = u.user_id
    ) as each_login
  ) as logins on true`
}

function tenantsOf({ table, isAsked, asked }: Look, selected: string): string {
  const only = isAsked('tenant') ? ` and t.tenant_id = ${asked('tenant')}` : ''
  return `${selected} from ${table('all_auth_recipe_users')} as t
    where t.app_id = u.app_id and t.primary_or_recipe_user_id = u.user_id${only}`
}

function tenants(look: Look): string {
  return `left join lateral (${tenantsOf(look, 'select jsonb_agg(distinct t.tenant_id collate "C") as ids')}) as tenants on true`
}

function roles({ table, isAsked, asked }: Look): string {
  const only = isAsked('tenant') ? ` and tenant_id = ${asked('tenant')}` : ''
  return `left join lateral (
    select jsonb_agg(distinct role collate "C") as names from ${table('user_roles')}
    where app_id = u.app_id and user_id = ${ID}${only}
  ) as roles on true`
}

function factors({ table, has }: Look): string {
  if (!has('totp_user_devices')) return 'cross join (select null::jsonb as types) as factors'
  return `left join lateral (
    select case when count(*) > 0 then '["totp"]'::jsonb end as types from ${table('totp_user_devices')}
    where app_id = u.app_id and user_id = ${ID} and verified
  ) as factors on true`
}

function readsOf({ has }: Look): PresetUsers['reads'] {
  const own = ['app_id', 'user_id', 'email', 'time_joined']
  return {
    apps: ['app_id'],
    tenants: ['tenant_id'],
    app_id_to_user_id: ['app_id', 'user_id', 'primary_or_recipe_user_id'],
    all_auth_recipe_users: ['app_id', 'tenant_id', 'primary_or_recipe_user_id'],
    userid_mapping: ['app_id', 'supertokens_user_id', 'external_user_id'],
    user_metadata: ['app_id', 'user_id', 'user_metadata'],
    user_last_active: ['app_id', 'user_id', 'last_active_time'],
    emailpassword_users: own,
    passwordless_users: [...own, 'phone_number'],
    thirdparty_users: [...own, 'third_party_id', 'third_party_user_id'],
    ...(has('webauthn_users') ? { webauthn_users: own } : {}),
    emailverification_verified_emails: ['app_id', 'user_id', 'email'],
    user_roles: ['app_id', 'tenant_id', 'user_id', 'role'],
    ...(has('totp_user_devices') ? { totp_user_devices: ['app_id', 'user_id', 'verified'] } : {}),
  }
}
