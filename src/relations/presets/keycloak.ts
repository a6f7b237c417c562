import { fullName, identityOf, objectOf } from '../json-sql.ts'
import { momentOfMillis } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'
import { versionIn } from '../product-version.ts'

export const keycloak: Preset = {
  name: 'keycloak',
  product: 'Keycloak',
  schema: 'public',
  triedOn: '26 (tables written from its entities)',
  asks: [
    {
      name: 'realm',
      about: 'Name of the realm, as in the address of its console.',
      choices: ({ table }) => `select id::text as value, name::text as name from ${table('realm')}`,
    },
  ],
  recognizes: ({ tables }) =>
    tables.get('user_entity')?.has('realm_id') === true && tables.has('federated_identity'),
  version: versionIn('migration_model', 'update_time'),
  users,
}

// The indexes of user_id in user_attribute, federated_identity, credential, user_role_mapping and
// user_group_membership serve the lateral joins.
function users(look: Look): PresetUsers {
  const { table, asked } = look
  const realm = asked('realm')
  const people = `${table('user_entity')} as u`
  return {
    from: `${people} ${attributes(look)} ${linked(look)} ${factors(look)} ${roles(look)} ${groups(look)}`,
    where: [`u.realm_id = ${realm}`, 'u.service_account_client_link is null'],
    key: { sql: 'u.id', type: 'text' },
    columns: {
      email: 'u.email',
      email_verified: 'u.email_verified',
      username: 'u.username',
      phone_number: `(attributes.all_of_user #>> '{phoneNumber,0}')`,
      phone_verified: `((attributes.all_of_user #>> '{phoneNumberVerified,0}') = 'true')`,
      name: fullName('u.first_name', 'u.last_name'),
      given_name: 'u.first_name',
      family_name: 'u.last_name',
      picture: `(attributes.all_of_user #>> '{picture,0}')`,
      blocked: 'not u.enabled',
      user_metadata: 'attributes.all_of_user',
      app_metadata: objectOf({
        roles: 'roles.of_realm',
        client_roles: 'roles.of_clients',
        groups: 'groups.paths',
      }),
      created_at: momentOfMillis('u.created_timestamp'),
      multifactor: 'factors.types',
    },
    linkedIdentities: 'linked.identities',
    lowerCase: ['email', 'username'],
    indexed: ['email', 'username'],
    leftOut: [
      {
        what: 'service accounts',
        why: 'Keycloak makes one for each client that signs in itself: no person.',
        count: `select count(*) from ${people} where u.realm_id = ${realm} and u.service_account_client_link is not null`,
      },
    ],
    reads: READS,
  }
}

const READS = {
  realm: ['id', 'name'],
  user_entity: [
    ...['id', 'realm_id', 'service_account_client_link', 'email', 'email_verified', 'username'],
    ...['first_name', 'last_name', 'enabled', 'created_timestamp'],
  ],
  user_attribute: ['user_id', 'name', 'value', 'long_value'],
  federated_identity: ['user_id', 'realm_id', 'identity_provider', 'federated_user_id', 'federated_username'],
  identity_provider: ['realm_id', 'provider_alias', 'provider_id'],
  credential: ['user_id', 'type'],
  user_role_mapping: ['user_id', 'role_id'],
  keycloak_role: ['id', 'name', 'client_role', 'client'],
  client: ['id', 'client_id'],
  user_group_membership: ['user_id', 'group_id'],
  keycloak_group: ['id', 'name', 'parent_group'],
} as const

// A name may have several values, so each is an array, as in Keycloak's own API. A value of more than 255 characters is
// in long_value.
function attributes({ table, has }: Look): string {
  const value = has('user_attribute', 'long_value') ? 'coalesce(long_value, value)' : 'value'
  return `left join lateral (
    select jsonb_object_agg(name, texts) as all_of_user from (
      select name, jsonb_agg(${value} order by ${value} collate "C") as texts
      from ${table('user_attribute')} where user_id = u.id group by name
    ) as named
  ) as attributes on true`
}

function linked({ table }: Look): string {
  const identity = identityOf({
    provider: 'coalesce(provider_id, identity_provider)',
    connection: 'identity_provider',
    userId: 'federated_user_id',
    isSocial: `coalesce(provider_id, '') not in ('', 'oidc', 'keycloak-oidc', 'saml', 'oauth2')`,
    profileData: objectOf({ username: 'federated_username' }),
  })
  return `left join lateral (
    select jsonb_agg(${identity} order by identity_provider collate "C") as identities
    from ${table('federated_identity')} as f
      left join ${table('identity_provider')} as p on p.realm_id = f.realm_id and provider_alias = identity_provider
    where user_id = u.id
  ) as linked on true`
}

function factors({ table }: Look): string {
  return `left join lateral (
    select jsonb_agg(distinct type order by type) as types
    from ${table('credential')} where user_id = u.id and type in ('otp', 'webauthn', 'webauthn-passwordless')
  ) as factors on true`
}

// Only roles that are given to the user. Those of a composite role or of a group are not added.
function roles({ table }: Look): string {
  return `left join lateral (
    select jsonb_agg(names) filter (where client_id is null) -> 0 as of_realm,
      jsonb_object_agg(client_id, names) filter (where client_id is not null) as of_clients
    from (
      select c.client_id, jsonb_agg(r.name order by r.name collate "C") as names
      from ${table('user_role_mapping')} as m join ${table('keycloak_role')} as r on r.id = m.role_id
        left join ${table('client')} as c on r.client_role and c.id = r.client
      where m.user_id = u.id group by c.client_id
    ) as grouped
  ) as roles on true`
}

// Groups are a tree, and two groups may have the same name, so the whole path is given, as in Keycloak's own API. The
// top has no parent: null, or a space in newer versions. Without `offset 0`, PostgreSQL would find each path three times: for the
// filter, for the order and for the list.
function groups({ table }: Look): string {
  const group = table('keycloak_group')
  return `left join lateral (
    select jsonb_agg(path order by path collate "C") as paths from (
      select (
        with recursive above (path, parent, depth) as (
          select '/' || g.name, g.parent_group, 1 from ${group} as g where g.id = m.group_id
          union all
          select '/' || g.name || path, g.parent_group, depth + 1 from above join ${group} as g on g.id = parent
          where depth < 100
        ) select path from above order by depth desc limit 1
      ) as path
      from ${table('user_group_membership')} as m where m.user_id = u.id offset 0
    ) as member where path is not null
  ) as groups on true`
}
