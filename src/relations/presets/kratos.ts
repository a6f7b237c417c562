import { fullName, identityOf, withMember } from '../json-sql.ts'
import { momentOfTimestamp } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'
import { newestMigrationIn } from '../product-version.ts'

export const kratos: Preset = {
  name: 'kratos',
  product: 'Ory Kratos',
  schema: 'public',
  triedOn: '1.3 (tables written from its models)',
  asks: [
    {
      name: 'network',
      about: 'Id of the network: column nid. Self-hosted Kratos has one.',
      choices: ({ table }) => `select id::text as value, id::text as name from ${table('networks')}`,
    },
  ],
  recognizes: ({ tables }) =>
    tables.get('identities')?.has('traits') === true && tables.has('identity_verifiable_addresses'),
  version: newestMigrationIn('schema_migration'),
  users,
}

// The operator's own schema says what traits there are. So the usual names are tried, and all traits are given as they
// are in the root attribute `traits`.
function users(look: Look): PresetUsers {
  const { table, asked } = look
  const trait = (...path: readonly string[]): string => `nullif(i.traits #>> '{${path.join(',')}}', '')`
  const [emailTrait, phoneTrait] = [trait('email'), `coalesce(${trait('phone_number')}, ${trait('phone')})`]
  const email = `coalesce(${emailTrait}, mail.value)`
  const phone = `coalesce(${phoneTrait}, phone.value)`
  const given = `coalesce(${trait('name', 'first')}, ${trait('given_name')}, ${trait('first_name')})`
  const family = `coalesce(${trait('name', 'last')}, ${trait('family_name')}, ${trait('last_name')})`
  const name = `case jsonb_typeof(i.traits -> 'name') when 'string' then ${trait('name')} end`
  return {
    from: `${table('identities')} as i ${address(look, { alias: 'mail', via: 'email', trait: emailTrait })}
      ${address(look, { alias: 'phone', via: 'sms', trait: phoneTrait })}
      ${linked(look)} ${factors(look)} ${verifications(look)}`,
    where: [`i.nid = ${asked('network')}::uuid`],
    key: { sql: 'i.id', type: 'uuid' },
    columns: {
      email,
      email_verified: verified(email, 'mail'),
      username: trait('username'),
      phone_number: phone,
      phone_verified: verified(phone, 'phone'),
      name: `coalesce(${name}, ${fullName(given, family)})`,
      given_name: given,
      family_name: family,
      nickname: trait('nickname'),
      picture: trait('picture'),
      blocked: `i.state = 'inactive'`,
      user_metadata: objectOrNull('i.metadata_public', look),
      app_metadata: objectOrNull('i.metadata_admin', look),
      created_at: momentOfTimestamp('i.created_at'),
      updated_at: momentOfTimestamp(CHANGED),
      multifactor: 'factors.types',
      extra: extraOf(look),
    },
    linkedIdentities: 'linked.identities',
    lowerCase: [],
    indexed: [],
    changed: { sql: CHANGED, type: 'timestamp' },
    leftOut: [],
    reads: readsOf(look),
  }
}

// A verification does not touch the identity's own row.
const CHANGED = 'greatest(i.updated_at, verifications.latest)'

// Newer versions of Kratos have more columns.
const ROOT_ATTRIBUTES = ['external_id', 'organization_id', 'available_aal']

function extraOf({ has }: Look): string {
  const own = `jsonb_build_object('traits', i.traits, 'schema_id', i.schema_id)`
  const found = ROOT_ATTRIBUTES.filter((name) => has('identities', name))
  return found.reduce((object, name) => withMember(object, name, `i.${name}::text`), own)
}

// Kratos takes any JSON there. An attribute of Auth0 is an object.
function objectOrNull(sql: string, { has }: Look): string {
  const isThere = has('identities', sql.slice('i.'.length))
  return isThere ? `case when jsonb_typeof(${sql}) = 'object' then ${sql} end` : 'null::jsonb'
}

// Kratos stores addresses in lower case and without spaces around them.
function verified(sql: string, address: string): string {
  return `case when ${sql} is not null then coalesce(${address}.verified and ${address}.value = lower(trim(${sql})), false) end`
}

// Of several addresses the one that the trait names, since whether it is verified is asked of this row.
function address({ table }: Look, { alias, via, trait }: Record<'alias' | 'via' | 'trait', string>): string {
  return `left join lateral (
    select value, verified from ${table('identity_verifiable_addresses')}
    where nid = i.nid and identity_id = i.id and via = '${via}'
    order by value = lower(trim(${trait})) desc nulls last, created_at, value collate "C" limit 1
  ) as ${alias} on true`
}

function verifications({ table }: Look): string {
  return `left join lateral (
    select max(updated_at) as latest from ${table('identity_verifiable_addresses')} where nid = i.nid and identity_id = i.id
  ) as verifications on true`
}

// The identifier at a provider is `provider:subject`. A subject may hold colons too.
function linked({ table }: Look): string {
  const identity = identityOf({
    provider: `split_part(n.identifier, ':', 1)`,
    connection: `split_part(n.identifier, ':', 1)`,
    userId: `substr(n.identifier, strpos(n.identifier, ':') + 1)`,
    isSocial: `t.name = 'oidc'`,
  })
  return `left join lateral (
    select jsonb_agg(${identity} order by n.identifier collate "C", t.name) as identities
    from ${table('identity_credentials')} as c
      join ${table('identity_credential_types')} as t on t.id = c.identity_credential_type_id
      join ${table('identity_credential_identifiers')} as n on n.identity_credential_id = c.id
    where c.nid = i.nid and c.identity_id = i.id and t.name in ('oidc', 'saml')
  ) as linked on true`
}

function factors({ table }: Look): string {
  return `left join lateral (
    select jsonb_agg(distinct t.name) as types
    from ${table('identity_credentials')} as c
      join ${table('identity_credential_types')} as t on t.id = c.identity_credential_type_id
    where c.nid = i.nid and c.identity_id = i.id and t.name in ('totp', 'webauthn')
  ) as factors on true`
}

function readsOf({ has }: Look): PresetUsers['reads'] {
  const moved = ['metadata_public', 'metadata_admin', ...ROOT_ATTRIBUTES]
  return {
    networks: ['id'],
    identities: [
      ...['id', 'nid', 'schema_id', 'traits', 'state', 'created_at', 'updated_at'],
      ...moved.filter((name) => has('identities', name)),
    ],
    identity_verifiable_addresses: [
      ...['nid', 'identity_id', 'value', 'verified', 'via', 'created_at', 'updated_at'],
    ],
    identity_credentials: ['id', 'nid', 'identity_id', 'identity_credential_type_id'],
    identity_credential_types: ['id', 'name'],
    identity_credential_identifiers: ['identity_credential_id', 'identifier'],
  }
}
