import { identityOf, objectOf } from '../json-sql.ts'
import { momentOfTimestamp } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'
import { newestMigrationIn } from '../product-version.ts'

export const discourse: Preset = {
  name: 'discourse',
  product: 'Discourse',
  schema: 'public',
  triedOn: '3.5 (tables written from the notes in its models)',
  asks: [],
  recognizes: ({ tables }) =>
    tables.get('users')?.has('trust_level') === true && tables.has('user_custom_fields'),
  version: newestMigrationIn('schema_migrations'),
  users,
}

function users(look: Look): PresetUsers {
  const { table, has } = look
  const people = `${table('users')} as u`
  const count = (condition: string): string => `select count(*) from ${people} where ${condition}`
  const isShadow = has('anonymous_users')
    ? `exists (select from ${table('anonymous_users')} as a where a.user_id = u.id)`
    : 'false'
  return {
    from: `${people} left join ${table('user_emails')} as e on e.user_id = u.id and e."primary"
      ${fields(look)} ${linked(look)} ${factors(look)} ${groups(look)}`,
    where: ['u.id > 0', 'not u.staged', `not ${isShadow}`],
    key: { sql: 'u.id', type: 'bigint' },
    columns: {
      email: 'e.email',
      email_verified: 'case when e.email is not null then u.active end',
      username: 'u.username',
      name: `nullif(u.name, '')`,
      blocked: "coalesce(u.suspended_till > now() at time zone 'UTC', false)",
      user_metadata: 'fields.all_of_user',
      app_metadata: objectOf({
        groups: 'groups.names',
        admin: 'u.admin',
        moderator: 'u.moderator',
        trust_level: 'u.trust_level',
        title: `nullif(u.title, '')`,
      }),
      created_at: momentOfTimestamp('u.created_at'),
      updated_at: momentOfTimestamp('u.updated_at'),
      last_login: momentOfTimestamp('u.last_seen_at'),
      last_ip: 'host(u.ip_address)',
      multifactor: 'factors.types',
      extra: objectOf({ locale: `nullif(u.locale, '')` }),
    },
    linkedIdentities: 'linked.identities',
    lowerCase: [],
    indexed: ['email'],
    changed: { sql: 'u.updated_at', type: 'timestamp' },
    leftOut: [
      {
        what: 'bots',
        why: 'Discourse and its plugins give them ids below 1: no persons.',
        count: count('u.id <= 0'),
      },
      {
        what: 'staged users',
        why: 'Senders of emails who never signed up.',
        count: count(`u.id > 0 and u.staged and not ${isShadow}`),
      },
      {
        what: 'anonymous accounts',
        why: 'Second accounts of users who write without their name. An export must not show whose they are.',
        count: count(`u.id > 0 and ${isShadow}`),
      },
    ],
    reads: readsOf(look),
  }
}

function readsOf({ has }: Look): PresetUsers['reads'] {
  return {
    users: [
      ...[
        'id',
        'staged',
        'active',
        'username',
        'name',
        'suspended_till',
        'admin',
        'moderator',
        'trust_level',
      ],
      ...['title', 'created_at', 'updated_at', 'last_seen_at', 'ip_address', 'locale'],
    ],
    user_emails: ['user_id', 'email', 'primary'],
    ...(has('anonymous_users') ? { anonymous_users: ['user_id'] } : {}),
    user_custom_fields: ['user_id', 'name', 'value'],
    user_associated_accounts: ['user_id', 'provider_name', 'provider_uid', 'info'],
    single_sign_on_records: [
      'user_id',
      'external_id',
      'external_email',
      'external_username',
      'external_name',
    ],
    user_second_factors: ['user_id', 'method', 'enabled'],
    user_security_keys: ['user_id', 'factor_type', 'enabled'],
    group_users: ['user_id', 'group_id'],
    groups: ['id', 'name', 'automatic'],
  }
}

// A name may have several values, so each is an array.
function fields({ table }: Look): string {
  return `left join lateral (
    select jsonb_object_agg(name, texts) as all_of_user from (
      select name, jsonb_agg(value order by value collate "C") as texts
      from ${table('user_custom_fields')} where user_id = u.id and value is not null group by name
    ) as named
  ) as fields on true`
}

function linked({ table }: Look): string {
  const account = identityOf({
    provider: 'provider_name',
    connection: 'provider_name',
    userId: 'provider_uid',
    isSocial: `provider_name not in ('oidc', 'saml', 'oauth2_basic', 'cas')`,
    profileData: `nullif(info, '{}')`,
  })
  const record = identityOf({
    provider: `'discourse_connect'`,
    connection: `'discourse_connect'`,
    userId: 'external_id',
    isSocial: 'false',
    profileData: objectOf({
      email: `nullif(external_email, '')`,
      username: `nullif(external_username, '')`,
      name: `nullif(external_name, '')`,
    }),
  })
  return `left join lateral (
    select jsonb_agg(identity order by provider collate "C", uid collate "C") as identities from (
      select ${account} as identity, provider_name as provider, provider_uid as uid
      from ${table('user_associated_accounts')} where user_id = u.id
      union all
      select ${record}, 'discourse_connect', external_id from ${table('single_sign_on_records')} where user_id = u.id
    ) as accounts
  ) as linked on true`
}

// Method 1 is an authenticator app, 2 are backup codes. A key with the type 0 is a second factor.
function factors({ table }: Look): string {
  return `left join lateral (
    select jsonb_agg(distinct type collate "C") as types from (
      select 'totp' as type from ${table('user_second_factors')} where user_id = u.id and enabled and method = 1
      union all
      select 'security_key' from ${table('user_security_keys')} where user_id = u.id and enabled and factor_type = 0
    ) as enabled_ones
  ) as factors on true`
}

// The automatic groups repeat the trust level and the roles.
function groups({ table }: Look): string {
  return `left join lateral (
    select jsonb_agg(g.name order by g.name collate "C") as names
    from ${table('group_users')} as m join ${table('groups')} as g on g.id = m.group_id
    where m.user_id = u.id and not g.automatic
  ) as groups on true`
}
