-- 0004 what changed when, and what people search by
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
create index users_name on muster.users (lower(name) text_pattern_ops);
