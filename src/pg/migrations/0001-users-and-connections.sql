-- 0001 users and their connections
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
);
