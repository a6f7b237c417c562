-- 0007 addresses with capitals, and addresses that several users have
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
create index users_name on muster.users (left(lower(name), 256) text_pattern_ops);
