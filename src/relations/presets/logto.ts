import { identityOf, objectOf } from '../json-sql.ts'
import { momentOfTimestamptz } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'

export const logto: Preset = {
  name: 'logto',
  product: 'Logto',
  schema: 'public',
  triedOn: '1.43 (its own tables) and 1.30 (tables written from its schemas)',
  asks: [
    {
      name: 'tenant',
      about: 'Id of the tenant: `default` for the users of applications, `admin` for those of its console.',
      choices: ({ table }) => `select id::text as value, id::text as name from ${table('tenants')}`,
    },
  ],
  recognizes: ({ tables }) =>
    tables.get('users')?.has('primary_email') === true && tables.get('users')?.has('custom_data') === true,
  users,
}

// Second factors are left out: mfa_verifications, which has them, also holds the keys of authenticator apps.
function users(look: Look): PresetUsers {
  const { table, has, asked } = look
  const claim = (name: string): string =>
    has('users', 'profile') ? `nullif(u.profile ->> '${name}', '')` : 'null::text'
  return {
    from: `${table('users')} as u ${linked()} ${atCompanies(look)} ${roles(look)} ${organizations(look)}`,
    where: [`u.tenant_id = ${asked('tenant')}`],
    key: { sql: 'u.id', type: 'text' },
    columns: {
      email: 'u.primary_email',
      email_verified: 'case when u.primary_email is not null then true end',
      username: 'u.username',
      phone_number: 'u.primary_phone',
      phone_verified: 'case when u.primary_phone is not null then true end',
      name: 'u.name',
      given_name: claim('givenName'),
      family_name: claim('familyName'),
      nickname: claim('nickname'),
      picture: 'u.avatar',
      blocked: 'u.is_suspended',
      user_metadata: 'u.custom_data',
      app_metadata: objectOf({ roles: 'roles.names', organizations: 'organizations.of_user' }),
      created_at: momentOfTimestamptz('u.created_at'),
      ...(has('users', 'updated_at') ? { updated_at: momentOfTimestamptz('u.updated_at') } : {}),
      last_login: momentOfTimestamptz('u.last_sign_in_at'),
      ...(has('users', 'password_updated_at')
        ? { last_password_reset: momentOfTimestamptz('u.password_updated_at') }
        : {}),
      ...(has('users', 'profile')
        ? { extra: `case when u.profile <> '{}' then jsonb_build_object('profile', u.profile) end` }
        : {}),
    },
    linkedIdentities: `coalesce(linked.identities, '[]') || coalesce(at_companies.identities, '[]')`,
    lowerCase: [],
    indexed: ['phone_number'],
    ...(has('users', 'updated_at') ? { changed: { sql: 'u.updated_at', type: 'timestamptz' as const } } : {}),
    leftOut: [],
    reads: readsOf(look),
  }
}

function readsOf({ has }: Look): PresetUsers['reads'] {
  const inOrganizations = {
    organizations: ['tenant_id', 'id', 'name'],
    organization_user_relations: ['tenant_id', 'organization_id', 'user_id'],
    organization_roles: ['tenant_id', 'id', 'name'],
    organization_role_user_relations: ['tenant_id', 'organization_id', 'organization_role_id', 'user_id'],
  }
  return {
    tenants: ['id'],
    users: [
      ...['tenant_id', 'id', 'username', 'primary_email', 'primary_phone', 'name', 'avatar', 'identities'],
      ...['custom_data', 'is_suspended', 'last_sign_in_at', 'created_at'],
      ...['profile', 'updated_at', 'password_updated_at'].filter((name) => has('users', name)),
    ],
    roles: ['tenant_id', 'id', 'name'],
    users_roles: ['tenant_id', 'user_id', 'role_id'],
    ...(has('user_sso_identities', 'sso_connector_id')
      ? {
          user_sso_identities: [
            'tenant_id',
            'user_id',
            'issuer',
            'identity_id',
            'detail',
            'sso_connector_id',
          ],
        }
      : {}),
    ...(has('organization_role_user_relations') ? inOrganizations : {}),
  }
}

// One member for each provider. `rawData` is the whole answer of the provider, and may be large.
function linked(): string {
  const identity = identityOf({
    provider: 'target',
    connection: 'target',
    userId: `account ->> 'userId'`,
    isSocial: 'true',
    profileData: `nullif(account -> 'details', 'null') - 'rawData'`,
  })
  return `left join lateral (
    select jsonb_agg(${identity} order by target collate "C") as identities
    from jsonb_each(u.identities) as accounts (target, account)
  ) as linked on true`
}

function atCompanies({ table, has }: Look): string {
  if (!has('user_sso_identities', 'sso_connector_id'))
    return 'cross join (select null::jsonb as identities) as at_companies'
  const identity = identityOf({
    provider: 'issuer',
    connection: 'sso_connector_id',
    userId: 'identity_id',
    isSocial: 'false',
    profileData: `nullif(detail, '{}')`,
  })
  return `left join lateral (
    select jsonb_agg(${identity} order by issuer collate "C", identity_id collate "C") as identities
    from ${table('user_sso_identities')} where tenant_id = u.tenant_id and user_id = u.id
  ) as at_companies on true`
}

function roles({ table }: Look): string {
  return `left join lateral (
    select jsonb_agg(r.name order by r.name collate "C") as names
    from ${table('users_roles')} as m join ${table('roles')} as r on r.tenant_id = m.tenant_id and r.id = m.role_id
    where m.tenant_id = u.tenant_id and m.user_id = u.id
  ) as roles on true`
}

function organizations({ table, has }: Look): string {
  if (!has('organization_role_user_relations'))
    return 'cross join (select null::jsonb as of_user) as organizations'
  return `left join lateral (
    select jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'roles', coalesce((
        select jsonb_agg(r.name order by r.name collate "C")
        from ${table('organization_role_user_relations')} as g
          join ${table('organization_roles')} as r on r.tenant_id = g.tenant_id and r.id = g.organization_role_id
        where g.tenant_id = m.tenant_id and g.organization_id = m.organization_id and g.user_id = m.user_id
      ), '[]')) order by o.id collate "C") as of_user
    from ${table('organization_user_relations')} as m
      join ${table('organizations')} as o on o.tenant_id = m.tenant_id and o.id = m.organization_id
    where m.tenant_id = u.tenant_id and m.user_id = u.id
  ) as organizations on true`
}
