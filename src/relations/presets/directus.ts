import { addedColumns, objectOfColumns } from '../added-columns.ts'
import { fullName, identityOf, objectOf } from '../json-sql.ts'
import { momentOfTimestamptz } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'
import { newestMigrationIn } from '../product-version.ts'

export const directus: Preset = {
  name: 'directus',
  product: 'Directus',
  schema: 'public',
  triedOn: '12.4 (its own tables and users)',
  asks: [],
  recognizes: ({ tables }) =>
    tables.get('directus_users')?.has('external_identifier') === true && tables.has('directus_roles'),
  version: newestMigrationIn('directus_migrations'),
  users,
}

// Of its own columns: `password`, `token`, `tfa_secret` and `auth_data`, which may hold tokens, are never read.
const OWN = [
  ...[
    'id',
    'first_name',
    'last_name',
    'email',
    'password',
    'location',
    'title',
    'description',
    'tags',
    'avatar',
  ],
  ...['language', 'tfa_secret', 'status', 'role', 'token', 'last_access', 'last_page', 'provider'],
  ...[
    'external_identifier',
    'auth_data',
    'email_notifications',
    'appearance',
    'theme',
    'theme_dark',
    'theme_light',
  ],
  ...['theme_light_overrides', 'theme_dark_overrides', 'text_direction'],
]

function users(look: Look): PresetUsers {
  const { table } = look
  const added = addedColumns(look, 'directus_users', new Set(OWN))
  const ofUser = ['title', 'location', 'description', 'tags', ...added].filter((name) =>
    look.has('directus_users', name),
  )
  return {
    from: `${table('directus_users')} as u left join ${table('directus_roles')} as r on r.id = u.role`,
    where: ['true'],
    key: { sql: 'u.id', type: 'uuid' },
    columns: {
      email: 'u.email',
      name: fullName('u.first_name', 'u.last_name'),
      given_name: 'u.first_name',
      family_name: 'u.last_name',
      // Directus sets the last one if its licence does not cover the user. None of the three can log in.
      blocked: `u.status in ('suspended', 'archived', 'inactive-license')`,
      user_metadata: objectOfColumns(look, 'directus_users', 'u', ofUser),
      app_metadata: objectOf({ status: 'u.status', role: 'r.name' }),
      last_login: momentOfTimestamptz('u.last_access'),
      extra: objectOf({ locale: 'u.language' }),
    },
    linkedIdentities: `case when u.provider <> 'default' and u.external_identifier is not null then jsonb_build_array(${identityOf(
      {
        provider: 'u.provider',
        connection: 'u.provider',
        userId: 'u.external_identifier',
        isSocial: 'true',
      },
    )}) end`,
    lowerCase: [],
    indexed: [],
    leftOut: [],
    reads: {
      directus_users: [
        ...['id', 'email', 'first_name', 'last_name', 'status', 'role', 'last_access', 'language'],
        ...['provider', 'external_identifier', ...ofUser],
      ],
      directus_roles: ['id', 'name'],
    },
  }
}
