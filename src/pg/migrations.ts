import { FIRST_MIGRATIONS, type Migration } from './first-migrations.ts'

/**
 * The schema, step by step. A step that has been released is never edited: a new one follows it. Everything
 * lies in the schema `muster`, so that a shared database keeps its own names.
 */
export const MIGRATIONS: readonly Migration[] = [
  ...FIRST_MIGRATIONS,
  {
    name: '0006 tries of jobs',
    sql: `
-- A job is given up after too many workers died over it, or too many passing failures, counted since it last made
-- progress. Each kind of job has a lane of its own, hence the index.
alter table muster.jobs
  -- claims since the last progress, without those that ended in order
  add column claims integer not null default 0,
  -- passing failures since the last progress
  add column failures integer not null default 0,
  -- stored batches of an import when it was last claimed or postponed: more of them are progress
  add column batches bigint not null default 0,
  -- users that an import has refused so far
  add column refused bigint not null default 0;
drop index muster.jobs_queue;
create index jobs_queue on muster.jobs (type, created_at) where status in ('pending', 'processing');`,
  },
  {
    name: '0007 addresses with capitals, and addresses that several users have',
    sql: `
-- Auth0's database keeps addresses and usernames in lower case; those of all other users keep their letters. These
-- columns hold them in lower case, and are null for users of the database: importing those costs nothing more.
alter table muster.users
  add column lowered_email text collate "C",
  add column lowered_username text collate "C";
-- Up to now everybody's were kept in lower case. What is filled in here is no change of a user.
alter table muster.users disable trigger users_changed;
update muster.users set lowered_email = email, lowered_username = username
where user_id not like 'auth0|%' and coalesce(email, username) is not null;
alter table muster.users enable trigger users_changed;
-- Passwordless users log in by their address: it is one user's, in whichever letters.
create unique index users_lowered_email on muster.users
  (lowered_email, connection_id, (case when user_id like 'email|%' then 0 else key end))
  where lowered_email is not null;
create index users_lowered_username on muster.users (lowered_username) where lowered_username is not null;
-- Of the others only the database gives an address, a username or a number to one user alone. The second column is
-- the connection for users of the database, and the key of all others, which makes theirs unique in any case.
drop index muster.users_email;
drop index muster.users_username;
drop index muster.users_phone_number;
create unique index users_email on muster.users
  (email, (case when user_id like 'auth0|%' then connection_id else key::text end)) where email is not null;
create unique index users_username on muster.users
  (username, (case when user_id like 'auth0|%' then connection_id else key::text end)) where username is not null;
create unique index users_phone_number on muster.users
  (phone_number, (case when user_id like 'auth0|%' or user_id like 'sms|%' then connection_id else key::text end))
  where phone_number is not null;
-- The name of a user who is preserved may be longer than an index takes.
drop index muster.users_name;
create index users_name on muster.users (left(lower(name), 256) text_pattern_ops);`,
  },
  {
    name: '0008 an import that brings nothing new is no change',
    sql: `
-- An import marks whom it has met. That alone is no change of a user, and no reason for an export of changes to have
-- the user again. Nobody else writes import_number.
create or replace function muster.note_change() returns trigger language plpgsql as $$
declare
  import_number bigint := new.import_number;
  is_change boolean := true;
begin
  if new.import_number is distinct from old.import_number then
    new.import_number := old.import_number;
    -- Most updates give a new time: then nothing else need be compared.
    is_change := new.updated_at is distinct from old.updated_at or new is distinct from old;
    new.import_number := import_number;
  end if;
  if is_change then
    new.changed_at := clock_timestamp();
    new.changed_by := pg_current_xact_id();
  end if;
  return new;
end $$;`,
  },
  {
    name: '0009 times of their own',
    sql: `
-- The last millisecond (since 1970) that was given to a user as created_at or updated_at. Clients page by these times:
-- no two users of an import share one, and none is given that lies before one given earlier. One row.
create table muster.user_times (
  only_row boolean primary key default true check (only_row),
  last_ms bigint not null
);
insert into muster.user_times (last_ms) values (0);`,
  },
  {
    name: '0010 one folder of files',
    sql: `
-- Whose files the jobs' rows speak of: a process with another folder must not work on this database. One row; place is
-- for people, seen_at is told now and then by the process that has the folder.
create table muster.object_folder (
  only_row boolean primary key default true check (only_row),
  folder_id text not null,
  place text not null,
  seen_at timestamptz not null
);`,
  },
]
