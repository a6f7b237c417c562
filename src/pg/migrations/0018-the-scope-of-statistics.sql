-- 0018 the scope of statistics
-- A client that has all scopes gets the new one too. Others keep theirs.
update muster.client_grants set scope = scope || array['read:stats']
where not scope @> array['read:stats'] and scope @> array[
  'read:users', 'create:users', 'update:users', 'delete:users',
  'read:users_app_metadata', 'create:users_app_metadata', 'update:users_app_metadata', 'delete:users_app_metadata',
  'read:connections', 'create:connections', 'update:connections', 'delete:connections',
  'read:clients', 'create:clients', 'update:clients', 'delete:clients',
  'update:client_keys', 'read:client_grants', 'create:client_grants', 'update:client_grants',
  'delete:client_grants'
];
