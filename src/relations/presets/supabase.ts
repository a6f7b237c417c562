import { identityOf, objectOf } from '../json-sql.ts'
import { momentOfTimestamptz } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'
import { newestMigrationIn } from '../product-version.ts'

// A project has one instance, whose id is all zeros, and no row says so before there is a user.
const ONLY_INSTANCE = '00000000-0000-0000-0000-000000000000'

export const supabase: Preset = {
  name: 'supabase',
  product: 'Supabase Auth',
  schema: 'auth',
  triedOn: '2.180 (tables written from its migrations)',
  asks: [
    {
      name: 'instance',
      about: 'Value of instance_id. It is all zeros unless several projects share the tables.',
      // The index of instance_id finds each next one, so not all users are read.
      choices: ({ table }) => `with recursive instances (id) as (
          (select instance_id from ${table('users')} where instance_id is not null order by instance_id limit 1)
          union all
          select (select instance_id from ${table('users')} where instance_id > instances.id order by instance_id limit 1)
          from instances where instances.id is not null
        )
        select id::text as value, id::text as name from instances where instances.id is not null
        union select '${ONLY_INSTANCE}', '${ONLY_INSTANCE}'`,
    },
  ],
  recognizes: ({ tables }) =>
    tables.get('users')?.has('raw_app_meta_data') === true && tables.has('identities'),
  version: newestMigrationIn('schema_migrations'),
  users,
}

function users(look: Look): PresetUsers {
  const { table, has, asked } = look
  const instance = `u.instance_id = ${asked('instance')}::uuid`
  const claim = (name: string): string => `nullif(u.raw_user_meta_data ->> '${name}', '')`
  return {
    from: `${table('users')} as u ${linked(look)} ${factors(look)}`,
    where: [instance, 'u.deleted_at is null'],
    key: { sql: 'u.id', type: 'uuid' },
    columns: {
      email: 'u.email',
      email_verified: 'case when u.email is not null then u.email_confirmed_at is not null end',
      username: `coalesce(${claim('user_name')}, ${claim('preferred_username')})`,
      phone_number: 'u.phone',
      phone_verified: 'case when u.phone is not null then u.phone_confirmed_at is not null end',
      name: `coalesce(${claim('full_name')}, ${claim('name')})`,
      given_name: claim('given_name'),
      family_name: claim('family_name'),
      nickname: claim('nickname'),
      picture: `coalesce(${claim('avatar_url')}, ${claim('picture')})`,
      blocked: 'coalesce(u.banned_until > now(), false)',
      user_metadata: 'u.raw_user_meta_data',
      app_metadata: 'u.raw_app_meta_data',
      created_at: momentOfTimestamptz('u.created_at'),
      updated_at: momentOfTimestamptz('u.updated_at'),
      last_login: momentOfTimestamptz('u.last_sign_in_at'),
      multifactor: 'factors.types',
      multifactor_last_modified: momentOfTimestamptz('factors.modified'),
      extra: objectOf({
        role: `nullif(u.role, '')`,
        is_anonymous: has('users', 'is_anonymous') ? 'nullif(u.is_anonymous, false)' : 'null',
        is_sso_user: has('users', 'is_sso_user') ? 'nullif(u.is_sso_user, false)' : 'null',
      }),
    },
    linkedIdentities: 'linked.identities',
    lowerCase: [],
    indexed: ['email', 'phone_number'],
    changed: { sql: 'u.updated_at', type: 'timestamptz' },
    leftOut: [
      {
        what: 'soft-deleted users',
        why: 'Supabase keeps the row, but the user can never sign in again.',
        count: `select count(*) from ${table('users')} as u where ${instance} and u.deleted_at is not null`,
      },
    ],
    reads: readsOf(look),
  }
}

function readsOf({ has }: Look): PresetUsers['reads'] {
  return {
    users: [
      ...['id', 'instance_id', 'deleted_at', 'email', 'email_confirmed_at', 'phone', 'phone_confirmed_at'],
      ...['raw_user_meta_data', 'raw_app_meta_data', 'banned_until', 'created_at', 'updated_at'],
      ...['last_sign_in_at', 'role'],
      ...['is_anonymous', 'is_sso_user'].filter((name) => has('users', name)),
    ],
    identities: [
      ...['id', 'user_id', 'provider', 'identity_data'],
      ...(has('identities', 'provider_id') ? ['provider_id'] : []),
    ],
    ...(has('mfa_factors') ? { mfa_factors: ['user_id', 'factor_type', 'status', 'updated_at'] } : {}),
  }
}

// The identities `email` and `phone` say what the user's own row says. Before 2023, `id` was the id at the provider.
function linked({ table, has }: Look): string {
  const identity = identityOf({
    provider: 'provider',
    connection: 'provider',
    userId: has('identities', 'provider_id') ? 'provider_id' : 'id::text',
    isSocial: `provider not like 'sso:%'`,
    profileData: `nullif(identity_data, '{}')`,
  })
  return `left join lateral (
    select jsonb_agg(${identity} order by provider collate "C", id) as identities
    from ${table('identities')} where user_id = u.id and provider not in ('email', 'phone')
  ) as linked on true`
}

function factors({ table, has }: Look): string {
  if (!has('mfa_factors')) {
    return 'cross join (select null::jsonb as types, null::timestamptz as modified) as factors'
  }
  return `left join lateral (
    select jsonb_agg(distinct factor_type::text) as types, max(updated_at) as modified
    from ${table('mfa_factors')} where user_id = u.id and status::text = 'verified'
  ) as factors on true`
}
