/** Every scope that some endpoint asks for; the first client has them all. */
export const ALL_SCOPES: readonly string[] = [
  'read:users',
  'create:users',
  'update:users',
  'delete:users',
  'read:users_app_metadata',
  'create:users_app_metadata',
  'update:users_app_metadata',
  'delete:users_app_metadata',
  'read:connections',
  'create:connections',
  'update:connections',
  'delete:connections',
]
