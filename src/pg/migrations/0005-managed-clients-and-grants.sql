-- 0005 clients and grants that can be managed
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
  'read:connections', 'create:connections', 'update:connections', 'delete:connections'];
