import fc from 'fast-check'
import { kratos } from '../../../src/relations/presets/kratos.ts'
import type { Statements } from '../../../src/relations/relation.ts'
import {
  allRows,
  anyJson,
  anyMoment,
  anyText,
  fullNameOf,
  insertAll,
  listOrNull,
  maybe,
  momentOf,
  present,
  type Row,
} from './preset-fixtures.ts'
import { byBytes, CONNECTION, type PlainProfile, testPreset } from './preset-harness.ts'

const MAIN = '5f9a1a55-8a9d-4a3c-8f0a-000000000001'
const OTHER = '5f9a1a55-8a9d-4a3c-8f0a-000000000002'
const TYPES = {
  password: '5f9a1a55-8a9d-4a3c-8f0a-0000000000a1',
  oidc: '5f9a1a55-8a9d-4a3c-8f0a-0000000000a2',
  saml: '5f9a1a55-8a9d-4a3c-8f0a-0000000000a3',
  totp: '5f9a1a55-8a9d-4a3c-8f0a-0000000000a4',
  webauthn: '5f9a1a55-8a9d-4a3c-8f0a-0000000000a5',
}

const TABLES = `
  create table networks (id uuid primary key, created_at timestamp not null default now(), updated_at timestamp not null default now());
  create table identities (
    id uuid primary key, nid uuid, schema_id varchar(2048) not null, traits jsonb not null, state varchar(255) not null default 'active',
    state_changed_at timestamp, metadata_public jsonb, metadata_admin jsonb, available_aal varchar(4), external_id varchar(64),
    organization_id uuid, created_at timestamp not null, updated_at timestamp not null);
  create index identities_nid_id_idx on identities (nid, id);
  create table identity_credential_types (id uuid primary key, name varchar(32) not null);
  create table identity_credentials (
    id uuid primary key, nid uuid, identity_id uuid not null, identity_credential_type_id uuid not null, config jsonb not null,
    version int not null default 0, created_at timestamp not null default now(), updated_at timestamp not null default now());
  create table identity_credential_identifiers (
    id uuid primary key default gen_random_uuid(), nid uuid, identifier varchar(255) not null, identity_id uuid,
    identity_credential_id uuid not null, identity_credential_type_id uuid not null,
    created_at timestamp not null default now(), updated_at timestamp not null default now());
  create table identity_verifiable_addresses (
    id uuid primary key, nid uuid, identity_id uuid not null, value varchar(400) not null, verified boolean not null,
    via varchar(16) not null, status varchar(16) not null, verified_at timestamp, created_at timestamp not null, updated_at timestamp not null);
  insert into networks (id) values ('${MAIN}'), ('${OTHER}');
  insert into identity_credential_types values ${Object.entries(TYPES)
    .map(([name, id]) => `('${id}', '${name}')`)
    .join(', ')}
`

const EMPTY =
  'truncate identities, identity_credentials, identity_credential_identifiers, identity_verifiable_addresses'

const anyUser = fc.record({
  id: fc.noShrink(fc.uuid()),
  nid: fc.constantFrom(MAIN, MAIN, MAIN, OTHER),
  traits: fc.record({
    email: fc.constantFrom(undefined, 'Ann@Example.com', ' bo@example.com ', ''),
    phone: fc.constantFrom(undefined, '+15550001'),
    phone_number: fc.constantFrom(undefined, '+15550002'),
    name: fc.oneof(
      fc.constant(undefined),
      anyText(),
      fc.record({ first: fc.oneof(anyText(), fc.constant('')), last: maybe(anyText()) }),
    ),
    given_name: fc.option(anyText(), { nil: undefined }),
    last_name: fc.option(anyText(), { nil: undefined }),
    username: fc.option(anyText(), { nil: undefined }),
    nothing: fc.constantFrom(undefined, null),
    department: fc.option(anyJson, { nil: undefined }),
  }),
  state: fc.constantFrom('active', 'inactive'),
  metadata_public: maybe(fc.oneof(anyJson, fc.constantFrom('a text', ['a']))),
  metadata_admin: maybe(anyJson),
  organization_id: maybe(fc.constant(OTHER)),
  created_at: anyMoment,
  updated_at: anyMoment,
  addresses: fc.uniqueArray(
    fc.record({
      id: fc.noShrink(fc.uuid()),
      via: fc.constantFrom('email', 'sms'),
      value: fc.constantFrom(
        'ann@example.com',
        'bo@example.com',
        'work@example.com',
        '+15550001',
        '+15550002',
      ),
      verified: fc.boolean(),
      created_at: fc.constantFrom('2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z'),
      updated_at: anyMoment,
    }),
    { maxLength: 4, selector: ({ via, value }) => `${via} ${value}` },
  ),
  credentials: fc.uniqueArray(
    fc.record({
      id: fc.noShrink(fc.uuid()),
      type: fc.constantFrom('password', 'oidc', 'saml', 'totp', 'webauthn') as fc.Arbitrary<
        keyof typeof TYPES
      >,
      identifiers: fc.uniqueArray(fc.constantFrom('google:1:2', 'github:é', 'acme:x'), { maxLength: 3 }),
    }),
    { maxLength: 4, selector: ({ type }) => type },
  ),
})

interface Traits extends Readonly<Record<string, unknown>> {
  readonly name?: string | { readonly first: string; readonly last: string | null }
}

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never

async function fill(database: Statements, users: readonly User[]): Promise<void> {
  await insertAll(database, {
    identities: users.map(({ id, nid, traits, state, metadata_public, metadata_admin, ...user }) => ({
      id,
      nid,
      schema_id: 'default',
      traits,
      state,
      metadata_public,
      metadata_admin,
      available_aal: 'aal1',
      organization_id: user.organization_id,
      created_at: user.created_at,
      updated_at: user.updated_at,
    })),
    identity_verifiable_addresses: users.flatMap(({ id, nid, addresses }) =>
      addresses.map((address) => ({ ...address, nid, identity_id: id, status: 'sent' })),
    ),
    identity_credentials: users.flatMap(({ id, nid, credentials }) =>
      credentials.map((credential) => ({
        id: credential.id,
        nid,
        identity_id: id,
        identity_credential_type_id: TYPES[credential.type],
        config: { hashed_password: 'never read' },
        version: 1,
        created_at: '2024-01-01',
        updated_at: '2024-01-01',
      })),
    ),
    identity_credential_identifiers: users.flatMap(({ id, nid, credentials }) =>
      credentials.flatMap((credential) =>
        credential.identifiers.map((identifier) => ({
          id: fc.sample(fc.uuid(), 1)[0],
          nid,
          identity_id: id,
          identifier: credential.type === 'password' ? `me-${id}` : identifier,
          identity_credential_id: credential.id,
          identity_credential_type_id: TYPES[credential.type],
          created_at: '2024-01-01',
          updated_at: '2024-01-01',
        })),
      ),
    ),
  })
}

async function read(database: Statements): Promise<readonly PlainProfile[]> {
  const [identities, addresses, credentials, identifiers] = [
    await allRows(database, 'identities'),
    await allRows(database, 'identity_verifiable_addresses'),
    await allRows(database, 'identity_credentials'),
    await allRows(database, 'identity_credential_identifiers'),
  ]
  const typeOf = (row: Row): string =>
    Object.entries(TYPES).find(([, id]) => id === row['identity_credential_type_id'])?.[0] ?? ''
  return identities
    .filter((row) => row['nid'] === MAIN)
    .map((row) => {
      const id = String(row['id'])
      const traits = row['traits'] as Traits
      const own = addresses.filter((address) => address['identity_id'] === id)
      const mine = credentials.filter((credential) => credential['identity_id'] === id)
      const [email, isEmailVerified] = addressOf(own, 'email', [traits['email']])
      const [phone, isPhoneVerified] = addressOf(own, 'sms', [traits['phone_number'], traits['phone']])
      const name = traits['name']
      const given = (typeof name === 'object' && name.first) || traits['given_name'] || null
      const family = (typeof name === 'object' && name.last) || traits['last_name'] || null
      const latest = [row['updated_at'], ...own.map((address) => address['updated_at'])]
        .map(momentOf)
        .sort()
        .at(-1)
      const isObject = typeof row['metadata_public'] === 'object' && !Array.isArray(row['metadata_public'])
      return present({
        user_id: `auth0|${id}`,
        email,
        email_verified: isEmailVerified,
        username: traits['username'],
        phone_number: phone,
        phone_verified: isPhoneVerified,
        name: typeof name === 'string' ? name : fullNameOf(given, family),
        given_name: given,
        family_name: family,
        blocked: row['state'] === 'inactive',
        user_metadata: isObject ? row['metadata_public'] : null,
        app_metadata: row['metadata_admin'],
        identities: [
          { user_id: id, provider: 'auth0', connection: CONNECTION, isSocial: false },
          ...mine
            .filter((credential) => /^(oidc|saml)$/.test(typeOf(credential)))
            .flatMap((credential) =>
              identifiers.filter((one) => one['identity_credential_id'] === credential['id']),
            )
            .sort(
              (a, b) =>
                byBytes(String(a['identifier']), String(b['identifier'])) || byBytes(typeOf(a), typeOf(b)),
            )
            .map((one) => {
              const [provider, ...subject] = String(one['identifier']).split(':')
              const isSocial = typeOf(one) === 'oidc'
              return { provider, connection: provider, user_id: subject.join(':'), isSocial }
            }),
        ],
        created_at: momentOf(row['created_at']),
        updated_at: latest,
        multifactor: listOrNull(mine.map(typeOf).filter((type) => type === 'totp' || type === 'webauthn')),
        traits,
        schema_id: 'default',
        organization_id: row['organization_id'],
        available_aal: 'aal1',
      }) as PlainProfile
    })
}

/** The first trait with an address, else the first address, and whether it is verified. */
function addressOf(own: readonly Row[], via: string, traits: readonly unknown[]) {
  const there = own
    .filter((address) => address['via'] === via)
    .sort((a, b) => byBytes(`${a['created_at']} ${a['value']}`, `${b['created_at']} ${b['value']}`))
  const value = traits.find((trait) => trait) ?? there[0]?.['value']
  if (value === undefined) return [null, null] as const
  const same = there.find((address) => address['value'] === String(value).trim().toLowerCase())
  return [value, same?.['verified'] === true] as const
}

testPreset({
  preset: kratos,
  tables: TABLES,
  asked: { network: MAIN },
  user: anyUser,
  fill,
  empty: EMPTY,
  read,
  paths: [
    'user_metadata.team',
    'app_metadata.nested',
    'traits.username',
    'traits.department.team',
    'schema_id',
  ],
  leftOut: () => ({}),
})
