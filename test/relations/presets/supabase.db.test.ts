import fc from 'fast-check'
import { supabase } from '../../../src/relations/presets/supabase.ts'
import type { Statements } from '../../../src/relations/relation.ts'
import {
  allRows,
  anyJson,
  anyMoment,
  anyText,
  insertAll,
  listOrNull,
  maybe,
  momentOf,
  present,
  type Row,
  someOrNull,
} from './preset-fixtures.ts'
import { byBytes, CONNECTION, type PlainProfile, testPreset } from './preset-harness.ts'

const MAIN = '00000000-0000-0000-0000-000000000000'
const OTHER = '7d444840-9dc0-11d1-b245-5ffdce74fad2'

const TABLES = `
  create schema auth;
  create type auth.factor_type as enum ('totp', 'webauthn', 'phone');
  create type auth.factor_status as enum ('unverified', 'verified');
  create table auth.users (
    instance_id uuid, id uuid primary key, aud varchar(255), role varchar(255), email varchar(255), encrypted_password varchar(255),
    email_confirmed_at timestamptz, invited_at timestamptz, confirmation_token varchar(255), recovery_token varchar(255),
    last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb, is_super_admin boolean,
    created_at timestamptz, updated_at timestamptz, phone text unique, phone_confirmed_at timestamptz,
    confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
    banned_until timestamptz, reauthentication_token varchar(255), is_sso_user boolean not null default false,
    deleted_at timestamptz, is_anonymous boolean not null default false);
  create index users_instance_id_idx on auth.users (instance_id);
  create index users_instance_id_email_idx on auth.users (instance_id, lower(email));
  create table auth.identities (
    id uuid primary key default gen_random_uuid(), provider_id text not null, user_id uuid not null, identity_data jsonb not null,
    provider text not null, last_sign_in_at timestamptz, created_at timestamptz, updated_at timestamptz,
    email text generated always as (lower(identity_data ->> 'email')) stored, unique (provider_id, provider));
  create index identities_user_id_idx on auth.identities (user_id);
  create table auth.mfa_factors (
    id uuid primary key default gen_random_uuid(), user_id uuid not null, friendly_name text, factor_type auth.factor_type not null,
    status auth.factor_status not null, created_at timestamptz not null default now(), updated_at timestamptz not null, secret text,
    phone text, web_authn_credential jsonb)
`

const EMPTY = 'truncate auth.users, auth.identities, auth.mfa_factors'

const anyUser = fc.record({
  id: fc.noShrink(fc.uuid()),
  kind: fc.constantFrom('user', 'user', 'user', 'anonymous', 'sso', 'soft-deleted'),
  instance: fc.constantFrom(MAIN, MAIN, MAIN, OTHER),
  email: fc.constantFrom('plain', 'mixed case', 'none'),
  email_confirmed_at: maybe(anyMoment),
  has_phone: fc.boolean(),
  phone_confirmed_at: maybe(anyMoment),
  banned_until: maybe(fc.constantFrom('2001-01-01T00:00:00Z', '2099-01-01T00:00:00Z')),
  created_at: anyMoment,
  updated_at: anyMoment,
  last_sign_in_at: maybe(anyMoment),
  claims: fc.dictionary(
    fc.constantFrom(
      ...['user_name', 'preferred_username', 'full_name', 'name', 'given_name', 'family_name', 'nickname'],
      ...['avatar_url', 'picture', 'email', 'phone_verified'],
    ),
    fc.oneof(anyText(), fc.constantFrom('', null)),
  ),
  metadata: anyJson,
  app_metadata: maybe(anyJson),
  providers: fc.uniqueArray(fc.constantFrom('email', 'phone', 'google', 'github', 'sso:9e0c'), {
    maxLength: 4,
  }),
  identity_data: anyJson,
  factors: fc.array(
    fc.record({
      factor_type: fc.constantFrom('totp', 'webauthn', 'phone'),
      status: fc.constantFrom('verified', 'unverified'),
      updated_at: anyMoment,
    }),
    { maxLength: 3 },
  ),
})

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never

const EMAILS: Readonly<Record<User['email'], (n: number) => string | null>> = {
  plain: (n) => `user${n}@example.com`,
  'mixed case': (n) => `User${n}@Example.com`,
  none: () => null,
}

async function fill(database: Statements, users: readonly User[]): Promise<void> {
  await insertAll(database, {
    'auth.users': users.map((user, n) => ({
      instance_id: user.instance,
      id: user.id,
      role: 'authenticated',
      email: EMAILS[user.email](n),
      encrypted_password: 'never read',
      email_confirmed_at: user.email_confirmed_at,
      recovery_token: 'never read',
      last_sign_in_at: user.last_sign_in_at,
      raw_app_meta_data: user.app_metadata,
      raw_user_meta_data: { ...user.metadata, ...user.claims },
      created_at: user.created_at,
      updated_at: user.updated_at,
      phone: user.has_phone ? `1555000${n}` : null,
      phone_confirmed_at: user.phone_confirmed_at,
      banned_until: user.banned_until,
      deleted_at: user.kind === 'soft-deleted' ? '2020-01-01T00:00:00Z' : null,
      is_sso_user: user.kind === 'sso',
      is_anonymous: user.kind === 'anonymous',
    })),
    'auth.identities': users.flatMap(({ id, providers, identity_data }) =>
      providers.map((provider) => ({
        id: fc.sample(fc.uuid(), 1)[0],
        provider_id: `${provider}-${id}`,
        user_id: id,
        provider,
        identity_data,
      })),
    ),
    'auth.mfa_factors': users.flatMap(({ id, factors }) =>
      factors.map((factor) => ({
        ...factor,
        id: fc.sample(fc.uuid(), 1)[0],
        user_id: id,
        created_at: factor.updated_at,
        secret: 'never read',
      })),
    ),
  })
}

async function read(database: Statements): Promise<readonly PlainProfile[]> {
  const [users, identities, factors] = [
    await allRows(database, 'auth.users'),
    await allRows(database, 'auth.identities'),
    await allRows(database, 'auth.mfa_factors'),
  ]
  return users
    .filter((user) => user['instance_id'] === MAIN && user['deleted_at'] === null)
    .map((user) => {
      const id = String(user['id'])
      const claims = (user['raw_user_meta_data'] ?? {}) as Readonly<Record<string, string | null>>
      const first = (...names: readonly string[]) => names.map((name) => claims[name]).find((value) => value)
      const verified = factors.filter((row) => row['user_id'] === id && row['status'] === 'verified')
      const bannedUntil = user['banned_until']
      return present({
        user_id: `auth0|${id}`,
        email: user['email'],
        email_verified: user['email'] === null ? null : user['email_confirmed_at'] !== null,
        username: first('user_name', 'preferred_username'),
        phone_number: user['phone'],
        phone_verified: user['phone'] === null ? null : user['phone_confirmed_at'] !== null,
        name: first('full_name', 'name'),
        given_name: first('given_name'),
        family_name: first('family_name'),
        nickname: first('nickname'),
        picture: first('avatar_url', 'picture'),
        blocked: bannedUntil !== null && String(bannedUntil).startsWith('2099'),
        user_metadata: claims,
        app_metadata: user['raw_app_meta_data'],
        identities: [
          { user_id: id, provider: 'auth0', connection: CONNECTION, isSocial: false },
          ...identities
            .filter((row) => row['user_id'] === id)
            .flatMap(linkedOf)
            .sort(byProvider),
        ],
        created_at: momentOf(user['created_at']),
        updated_at: momentOf(user['updated_at']),
        last_login: momentOf(user['last_sign_in_at']),
        multifactor: listOrNull(verified.map((row) => String(row['factor_type']))),
        multifactor_last_modified: someOrNull(verified.map((row) => momentOf(row['updated_at'])))
          ?.toSorted()
          .at(-1),
        role: 'authenticated',
        is_anonymous: user['is_anonymous'] || null,
        is_sso_user: user['is_sso_user'] || null,
      }) as PlainProfile
    })
}

function linkedOf({ provider, provider_id: providerId, identity_data: data }: Row) {
  if (provider === 'email' || provider === 'phone') return []
  const isEmpty = Object.keys(data as object).length === 0
  return [
    {
      provider: String(provider),
      connection: provider,
      user_id: providerId,
      isSocial: provider !== 'sso:9e0c',
      ...(isEmpty ? {} : { profileData: data }),
    },
  ]
}

function byProvider(a: { readonly provider: string }, b: { readonly provider: string }): number {
  return byBytes(a.provider, b.provider)
}

testPreset({
  preset: supabase,
  tables: TABLES,
  asked: { instance: MAIN },
  user: anyUser,
  fill,
  empty: EMPTY,
  read,
  paths: ['user_metadata.team', 'user_metadata["a.b"]', 'app_metadata.tags[0]', 'role'],
  leftOut: (users) => ({
    'soft-deleted users': users.filter(({ kind, instance }) => kind === 'soft-deleted' && instance === MAIN)
      .length,
  }),
})
