export interface Migration {
  readonly name: string
  readonly sql: string
}

/** The first steps; `migrations.ts` has the rest, and says what holds for all. */
export const FIRST_MIGRATIONS: readonly Migration[] = [
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
  {
    name: '0004 what changed when, and what people search by',
    sql: `
-- Which transaction last wrote a user, and when: an export of changes asks what a snapshot could not see yet,
-- since a clock cannot tell in which order transactions commit. import_number tells an import its own users.
alter table muster.users
  add column changed_at timestamptz(3) not null default clock_timestamp(),
  add column changed_by xid8 not null default pg_current_xact_id(),
  add column import_number bigint;
create function muster.note_change() returns trigger language plpgsql as $$
begin
  new.changed_at := clock_timestamp();
  new.changed_by := pg_current_xact_id();
  return new;
end $$;
create trigger users_changed before update on muster.users for each row execute function muster.note_change();
-- Users that are no more, for exports of changes; forgotten after a while. No key: an id may be used again.
create table muster.deleted_users (
  user_id text collate "C" not null,
  connection_id text not null,
  deleted_at timestamptz(3) not null default clock_timestamp(),
  deleted_by xid8 not null default pg_current_xact_id()
);
create index deleted_users_at on muster.deleted_users (deleted_at);
create index deleted_users_by on muster.deleted_users (deleted_by);
create function muster.note_deletion() returns trigger language plpgsql as $$
begin
  insert into muster.deleted_users (user_id, connection_id) select user_id, connection_id from gone;
  return null;
end $$;
create trigger users_deleted after delete on muster.users referencing old table as gone
  for each statement execute function muster.note_deletion();
-- What each export saw, under the moment that its job tells: the next export of changes begins exactly there.
create table muster.export_moments (
  moment timestamptz(3) primary key,
  snapshot pg_snapshot not null
);
-- Deletions before this moment are forgotten: no export of changes may begin before it. One row at most.
create table muster.forgotten_deletions (
  only_row boolean primary key default true check (only_row),
  before timestamptz(3) not null
);
-- Nobody has noted who was deleted up to now; where there are no users yet there is nobody to miss.
insert into muster.forgotten_deletions (before) select clock_timestamp() where exists (select from muster.users);
-- By bytes: quicker to compare, the same order on every machine, and prefixes can be looked up.
drop index muster.users_email;
drop index muster.users_user_id;
drop index muster.users_username;
drop index muster.users_phone_number;
alter table muster.users
  alter column user_id type text collate "C",
  alter column email type text collate "C",
  alter column username type text collate "C",
  alter column phone_number type text collate "C";
create unique index users_user_id on muster.users (user_id);
create unique index users_email on muster.users (email, connection_id) where email is not null;
create unique index users_username on muster.users (username, connection_id) where username is not null;
create unique index users_phone_number on muster.users (phone_number, connection_id) where phone_number is not null;
-- Moments as a profile shows them, which sorts as they do: turning a timestamp into text costs an export as much
-- as two metadata paths.
alter table muster.users
  alter column created_at type text collate "C"
    using to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  alter column updated_at type text collate "C"
    using to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  alter column last_login type text collate "C"
    using to_char(last_login at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  alter column last_password_reset type text collate "C"
    using to_char(last_password_reset at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  alter column multifactor_last_modified type text collate "C"
    using to_char(multifactor_last_modified at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
create index users_connection on muster.users (connection_id, key);
create index users_changed_by on muster.users (changed_by);
create index users_created_at on muster.users (created_at, key);
create index users_last_login on muster.users (last_login, key) where last_login is not null;
create index users_name on muster.users (lower(name) text_pattern_ops);`,
  },
  {
    name: '0005 clients and grants that can be managed',
    sql: `
-- Settings are whatever Auth0 documents of a client, kept as they came. Clients made before this step were all
-- first clients: for machines, with every scope there was. Those that still have every one of them get the
-- scopes that came with this step, or nobody could manage clients after an upgrade.
alter table muster.clients
  add column position bigint generated always as identity,
  add column settings jsonb not null
    default '{"app_type": "non_interactive", "token_endpoint_auth_method": "client_secret_post", "grant_types": ["client_credentials"]}',
  add column updated_at timestamptz(3);
update muster.clients set updated_at = created_at;
alter table muster.clients
  alter column settings drop default,
  alter column updated_at set not null;
alter table muster.client_grants
  add column id text,
  add column position bigint generated always as identity;
update muster.client_grants set id = 'cgr_' || left(md5(random()::text || client_id), 16);
alter table muster.client_grants alter column id set not null;
create unique index client_grants_id on muster.client_grants (id);
update muster.client_grants set scope = scope || array[
  'read:clients', 'create:clients', 'update:clients', 'delete:clients', 'update:client_keys',
  'read:client_grants', 'create:client_grants', 'update:client_grants', 'delete:client_grants']
where scope @> array['read:users', 'create:users', 'update:users', 'delete:users',
  'read:users_app_metadata', 'create:users_app_metadata', 'update:users_app_metadata', 'delete:users_app_metadata',
  'read:connections', 'create:connections', 'update:connections', 'delete:connections'];`,
  },
]
