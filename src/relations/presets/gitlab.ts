import { identityOf, objectOf } from '../json-sql.ts'
import { momentOfTimestamp } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'
import { newestMigrationIn } from '../product-version.ts'

export const gitlab: Preset = {
  name: 'gitlab',
  product: 'GitLab',
  schema: 'public',
  triedOn: '18 (tables written from its schema)',
  asks: [
    {
      name: 'organization',
      about: 'Path or id of the organization whose users are read. Without it, the users of all are read.',
      isOptional: true,
      choices: ({ table, has }) =>
        has('organizations') && has('users', 'organization_id')
          ? `select id::text as value, path::text as name from ${table('organizations')}`
          : 'select null::text as value, null::text as name where false',
    },
  ],
  recognizes: ({ tables }) =>
    tables.get('users')?.has('projects_limit') === true &&
    tables.get('identities')?.has('extern_uid') === true,
  version: newestMigrationIn('schema_migrations'),
  users,
}

// Numbers of `user_type`. A person has 0, or nothing in versions before 17.
const SERVICE_ACCOUNTS = '(4, 13)'
const PLACEHOLDERS = '(15, 17)'

function users(look: Look): PresetUsers {
  const { table, has, asked, isAsked } = look
  const mine = isAsked('organization') ? [`u.organization_id = ${asked('organization')}::bigint`] : []
  const type = 'coalesce(u.user_type, 0)'
  const count = (condition: string): string =>
    `select count(*) from ${table('users')} as u where ${[...mine, condition].join(' and ')}`
  const names = { given_name: 'first_name', family_name: 'last_name' }
  const found = Object.entries(names).filter(([, column]) => has('users', column))
  return {
    from: `${table('users')} as u ${details(look)} ${linked(look)} ${factors(look)} ${groups(look)} ${addresses(look)}`,
    where: [...mine, `${type} = 0`],
    key: { sql: 'u.id', type: 'bigint' },
    columns: {
      email: `u.email`,
      email_verified: 'u.confirmed_at is not null',
      username: 'u.username',
      name: 'u.name',
      ...Object.fromEntries(found.map(([name, column]) => [name, `nullif(u.${column}, '')`])),
      blocked: `u.state in ('blocked', 'blocked_pending_approval', 'ldap_blocked', 'banned')`,
      user_metadata: 'details.all_of_user',
      app_metadata: objectOf({
        state: 'u.state',
        admin: 'u.admin',
        external: 'u.external',
        groups: 'groups.paths',
        emails: 'addresses.confirmed',
      }),
      created_at: momentOfTimestamp('u.created_at'),
      updated_at: momentOfTimestamp('u.updated_at'),
      last_login: momentOfTimestamp('u.current_sign_in_at'),
      last_ip: `nullif(host(nullif(u.current_sign_in_ip::text, '')::inet), '')`,
      logins_count: 'u.sign_in_count',
      multifactor: 'factors.types',
      extra: objectOf({ locale: `nullif(u.preferred_language, '')` }),
    },
    linkedIdentities: 'linked.identities',
    lowerCase: [],
    indexed: ['email', 'username', 'name'],
    changed: { sql: 'u.updated_at', type: 'timestamp' },
    leftOut: [
      {
        what: 'service accounts',
        why: 'Accounts of programs.',
        count: count(`${type} in ${SERVICE_ACCOUNTS}`),
      },
      {
        what: 'placeholders',
        why: 'They take the place of the authors of imported projects until a user claims them.',
        count: count(`${type} in ${PLACEHOLDERS}`),
      },
      {
        what: 'bots',
        why: 'GitLab makes them for its own work, for projects and for deleted users.',
        count: count(
          `${type} <> 0 and ${type} not in ${SERVICE_ACCOUNTS} and ${type} not in ${PLACEHOLDERS}`,
        ),
      },
    ],
    reads: readsOf(look),
  }
}

// Newer versions call the organization of a profile `company`.
const DETAILS = ['job_title', 'location', 'organization', 'company', 'pronouns']

function detailsOf({ has }: Look): readonly string[] {
  return DETAILS.filter((name) => has('user_details', name))
}

function details(look: Look): string {
  const found = detailsOf(look)
  if (found.length === 0) return 'cross join (select null::jsonb as all_of_user) as details'
  const members = Object.fromEntries(found.map((name) => [name, `nullif(${name}, '')`]))
  return `left join lateral (
    select ${objectOf(members)} as all_of_user from ${look.table('user_details')} where user_id = u.id
  ) as details on true`
}

function linked({ table }: Look): string {
  const identity = identityOf({
    provider: 'provider',
    connection: 'provider',
    userId: 'extern_uid',
    isSocial: `provider !~ '^(ldap|saml|group_saml|openid_connect|kerberos|jwt|crowd|oauth2_generic|shibboleth|cas)'`,
  })
  return `left join lateral (
    select jsonb_agg(${identity} order by provider collate "C", id) as identities
    from ${table('identities')} where user_id = u.id
  ) as linked on true`
}

function factors({ table, has }: Look): string {
  const device = has('webauthn_registrations')
    ? `union all select 'webauthn' from ${table('webauthn_registrations')} where user_id = u.id`
    : ''
  return `left join lateral (
    select jsonb_agg(distinct type collate "C") as types from (
      select 'totp' as type where u.otp_required_for_login ${device}
    ) as factors_of_user
  ) as factors on true`
}

// Full paths of the groups that the user is a member of. Asking for access is not yet a membership.
function groups({ table }: Look): string {
  return `left join lateral (
    select jsonb_agg(r.path order by r.path collate "C") as paths
    from ${table('members')} as m join ${table('routes')} as r on r.source_type = 'Namespace' and r.source_id = m.source_id
    where m.user_id = u.id and m.type = 'GroupMember' and m.requested_at is null
  ) as groups on true`
}

function addresses({ table }: Look): string {
  return `left join lateral (
    select jsonb_agg(email order by email collate "C") as confirmed
    from ${table('emails')} where user_id = u.id and confirmed_at is not null
  ) as addresses on true`
}

function readsOf(look: Look): PresetUsers['reads'] {
  const { has, isAsked } = look
  const optional = [
    ...['first_name', 'last_name'].filter((name) => has('users', name)),
    ...(isAsked('organization') ? ['organization_id'] : []),
  ]
  return {
    ...(isAsked('organization') ? { organizations: ['id', 'path'] } : {}),
    users: [
      ...['id', 'email', 'confirmed_at', 'username', 'name', 'state', 'admin', 'external', 'user_type'],
      ...['created_at', 'updated_at', 'current_sign_in_at', 'current_sign_in_ip', 'sign_in_count'],
      ...['preferred_language', 'otp_required_for_login', ...optional],
    ],
    ...(detailsOf(look).length > 0 ? { user_details: ['user_id', ...detailsOf(look)] } : {}),
    identities: ['id', 'user_id', 'provider', 'extern_uid'],
    ...(has('webauthn_registrations') ? { webauthn_registrations: ['user_id'] } : {}),
    members: ['user_id', 'source_id', 'type', 'requested_at'],
    routes: ['source_type', 'source_id', 'path'],
    emails: ['user_id', 'email', 'confirmed_at'],
  }
}
