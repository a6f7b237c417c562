interface Migration {
  readonly name: string
  readonly sql: string
}

/**
 * The schema, step by step. A step that has been released is never edited: a new one follows it. Everything
 * lies in the schema `muster`, so that a shared database keeps its own names.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: '0001 users and their connections',
    sql: `
-- Where users come from, and the users: one typed column for each normalized attribute, since COPY reads
-- typed columns twice as fast as a document. Keys grow in the order in which users are added.
create table muster.connections (
  id text primary key,
  position bigint generated always as identity,
  name text not null unique,
  strategy text not null,
  options jsonb not null
);
create table muster.users (
  key bigint generated always as identity primary key,
  connection_id text not null references muster.connections (id) on delete cascade,
  user_id text not null,
  email text,
  email_verified boolean,
  username text,
  phone_number text,
  phone_verified boolean,
  name text,
  given_name text,
  family_name text,
  nickname text,
  picture text,
  blocked boolean,
  user_metadata jsonb,
  app_metadata jsonb,
  identities jsonb not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  last_login timestamptz(3),
  last_ip text,
  logins_count bigint,
  last_password_reset timestamptz(3),
  multifactor jsonb,
  multifactor_last_modified timestamptz(3),
  -- root attributes beyond the normalized ones; null when there are none
  extra jsonb
);
create unique index users_user_id on muster.users (user_id);
create unique index users_email on muster.users (connection_id, email) where email is not null;
create unique index users_username on muster.users (connection_id, username) where username is not null;
create unique index users_phone_number on muster.users (connection_id, phone_number) where phone_number is not null;
-- Apart from users, so that no statement that reads profiles can read a hash by mistake.
create table muster.credentials (
  user_key bigint primary key references muster.users (key) on delete cascade,
  password_hash text,
  custom_password_hash jsonb,
  mfa_factors jsonb
);
-- What became of each batch of an import, written in the batch's own transaction: a worker that takes over
-- a killed import finds here what is already done.
create table muster.import_batches (
  batch_key text primary key,
  results jsonb not null
);`,
  },
  {
    name: '0002 jobs',
    sql: `
-- The memory of what was asked, which is also the queue.
create table muster.jobs (
  id text primary key,
  type text not null,
  status text not null,
  created_at timestamptz(3) not null,
  connection_id text,
  connection_name text,
  -- the request as parsed; null once expired
  request jsonb,
  -- a worker's claim: null when nobody holds it, void when in the past
  leased_until timestamptz(3),
  fence bigint not null default 0,
  percentage_done integer,
  time_left_seconds integer,
  object_key text,
  receipt jsonb,
  summary jsonb,
  status_details text
);
create index jobs_queue on muster.jobs (created_at) where status in ('pending', 'processing');
create index jobs_age on muster.jobs (created_at);
create table muster.job_errors (
  job_id text not null references muster.jobs (id) on delete cascade,
  position integer not null,
  error jsonb not null,
  primary key (job_id, position)
);`,
  },
  {
    name: '0003 keys and clients',
    sql: `
-- Secrets of the deployment, shared by all its machines: the key that signs tokens, the one that signs links.
create table muster.secrets (
  name text primary key,
  value jsonb not null
);
-- Who may ask for a token. Secrets are kept as scrypt hashes.
create table muster.clients (
  client_id text primary key,
  name text not null,
  secret_hash text not null,
  created_at timestamptz(3) not null
);
create table muster.client_grants (
  client_id text not null references muster.clients (client_id) on delete cascade,
  audience text not null,
  scope text[] not null,
  primary key (client_id, audience)
);`,
  },
]
