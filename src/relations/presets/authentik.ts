import { identityOf, objectOf } from '../json-sql.ts'
import { momentOfTimestamptz } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'
import { versionIn } from '../product-version.ts'

// A tenant of authentik is a schema, so MUSTER_SOURCE_<NAME>_SCHEMA names it.
export const authentik: Preset = {
  name: 'authentik',
  product: 'authentik',
  schema: 'public',
  triedOn: '2025.4 and 2023.6 (tables written from its models)',
  asks: [],
  recognizes: ({ tables }) => tables.has('authentik_core_user'),
  version: versionIn('authentik_version_history', 'timestamp'),
  users,
}

function users(look: Look): PresetUsers {
  const { table, has } = look
  const column = (name: string): string => (has('authentik_core_user', name) ? `u.${name}` : 'null::text')
  const people = `${table('authentik_core_user')} as u`
  // Older versions have no type, and mark service accounts by an attribute. AnonymousUser is Django's own.
  const isProgram = has('authentik_core_user', 'type')
    ? `(u.type in ('service_account', 'internal_service_account') or u.username = 'AnonymousUser')`
    : `(coalesce(u.attributes @> '{"goauthentik.io/user/service-account": true}', false) or u.username = 'AnonymousUser')`
  const isChangeKnown = has('authentik_core_user', 'last_updated')
  return {
    from: `${people} ${linked(look)} ${factors(look)} ${groups(look)}`,
    where: [`not ${isProgram}`],
    key: { sql: 'u.id', type: 'bigint' },
    columns: {
      email: `nullif(u.email, '')`,
      username: 'u.username',
      name: `nullif(u.name, '')`,
      picture: `nullif(u.attributes ->> 'avatar', '')`,
      blocked: 'not u.is_active',
      user_metadata: 'u.attributes',
      app_metadata: objectOf({ groups: 'groups.names', type: column('type'), path: column('path') }),
      created_at: momentOfTimestamptz('u.date_joined'),
      ...(isChangeKnown ? { updated_at: momentOfTimestamptz('u.last_updated') } : {}),
      last_login: momentOfTimestamptz('u.last_login'),
      last_password_reset: momentOfTimestamptz('u.password_change_date'),
      multifactor: 'factors.types',
      extra: objectOf({
        uuid: 'u.uuid::text',
        locale: `nullif(u.attributes #>> '{settings,locale}', '')`,
      }),
    },
    linkedIdentities: 'linked.identities',
    lowerCase: [],
    indexed: [],
    ...(isChangeKnown ? { changed: { sql: 'u.last_updated', type: 'timestamptz' as const } } : {}),
    leftOut: [
      {
        what: 'service accounts',
        why: 'Accounts of programs and outposts, and the anonymous user of Django: no persons.',
        count: `select count(*) from ${people} where ${isProgram}`,
      },
    ],
    reads: readsOf(look),
  }
}

const CONNECTION = 'authentik_core_usersourceconnection'
const SOURCE = 'authentik_core_source'
const OAUTH_SOURCE = 'authentik_sources_oauth_oauthsource'

// Until 2025 each kind of source had the id of the user there in a table of its own.
const KINDS = [
  'authentik_sources_oauth_useroauthsourceconnection',
  'authentik_sources_saml_usersamlsourceconnection',
  'authentik_sources_ldap_userldapsourceconnection',
]

function kindsOf({ has }: Look): readonly string[] {
  return has(CONNECTION, 'identifier') ? [] : KINDS.filter((kind) => has(kind, 'identifier'))
}

function linked(look: Look): string {
  const { table, has } = look
  const kinds = kindsOf(look)
  const joins = kinds.map(
    (kind, n) => `left join ${table(kind)} as k${n} on k${n}.usersourceconnection_ptr_id = c.id`,
  )
  const names = kinds.map((_, n) => `k${n}.identifier`)
  const identity = identityOf({
    provider: `coalesce(nullif(o.provider_type, ''), s.slug)`,
    connection: 's.slug',
    userId: has(CONNECTION, 'identifier') ? 'c.identifier' : `coalesce(${[...names, 'null'].join(', ')})`,
    isSocial: `coalesce(o.provider_type not in ('', 'openidconnect', 'azuread', 'entraid', 'okta'), false)`,
  })
  return `left join lateral (
    select jsonb_agg(${identity} order by s.slug collate "C", c.id) as identities
    from ${table(CONNECTION)} as c join ${table(SOURCE)} as s on s.policybindingmodel_ptr_id = c.source_id
      left join ${table(OAUTH_SOURCE)} as o on o.source_ptr_id = c.source_id ${joins.join(' ')}
    where c.user_id = u.id
  ) as linked on true`
}

const DEVICES = {
  totp: 'authentik_stages_authenticator_totp_totpdevice',
  webauthn: 'authentik_stages_authenticator_webauthn_webauthndevice',
  duo: 'authentik_stages_authenticator_duo_duodevice',
  sms: 'authentik_stages_authenticator_sms_smsdevice',
  email: 'authentik_stages_authenticator_email_emaildevice',
}

function devicesOf({ has }: Look): readonly (readonly [factor: string, table: string])[] {
  return Object.entries(DEVICES).filter(([, name]) => has(name))
}

function factors(look: Look): string {
  const each = devicesOf(look).map(
    ([factor, name]) =>
      `select '${factor}' as type from ${look.table(name)} where user_id = u.id and confirmed`,
  )
  if (each.length === 0) return 'cross join (select null::jsonb as types) as factors'
  return `left join lateral (
    select jsonb_agg(distinct type collate "C") as types from (${each.join(' union all ')}) as devices
  ) as factors on true`
}

// Newer versions keep the members under another name, which older ones had for Django's own groups.
function membersOf({ has }: Look): string {
  return has('authentik_core_user_ak_groups') ? 'authentik_core_user_ak_groups' : 'authentik_core_user_groups'
}

// Only groups that the user is a member of. Those above them are not added.
function groups(look: Look): string {
  return `left join lateral (
    select jsonb_agg(g.name order by g.name collate "C", g.group_uuid) as names
    from ${look.table(membersOf(look))} as m join ${look.table('authentik_core_group')} as g on g.group_uuid = m.group_id
    where m.user_id = u.id
  ) as groups on true`
}

function readsOf(look: Look): PresetUsers['reads'] {
  const { has } = look
  return {
    authentik_core_user: [
      ...['id', 'uuid', 'email', 'username', 'name', 'is_active', 'attributes', 'date_joined', 'last_login'],
      'password_change_date',
      ...['type', 'path', 'last_updated'].filter((name) => has('authentik_core_user', name)),
    ],
    [CONNECTION]: ['id', 'user_id', 'source_id', ...(has(CONNECTION, 'identifier') ? ['identifier'] : [])],
    ...Object.fromEntries(kindsOf(look).map((kind) => [kind, ['usersourceconnection_ptr_id', 'identifier']])),
    [SOURCE]: ['policybindingmodel_ptr_id', 'slug'],
    [OAUTH_SOURCE]: ['source_ptr_id', 'provider_type'],
    ...Object.fromEntries(devicesOf(look).map(([, name]) => [name, ['user_id', 'confirmed']])),
    [membersOf(look)]: ['user_id', 'group_id'],
    authentik_core_group: ['group_uuid', 'name'],
  }
}
