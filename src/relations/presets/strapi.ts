import { addedColumns, objectOfColumns } from '../added-columns.ts'
import { objectOf } from '../json-sql.ts'
import { momentOfTimestamp } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'

export const strapi: Preset = {
  name: 'strapi',
  product: 'Strapi',
  schema: 'public',
  triedOn: '5.54 (its own tables and users)',
  asks: [],
  // Strapi 4 has no documents, and another name for the table that links users to roles.
  recognizes: ({ tables }) =>
    tables.get('up_users')?.has('document_id') === true && tables.has('up_users_role_lnk'),
  users,
}

// Of its own columns: `password`, `reset_password_token` and `confirmation_token` are never read.
const OWN = [
  ...['id', 'document_id', 'username', 'email', 'provider', 'password', 'reset_password_token'],
  ...['confirmation_token', 'confirmed', 'blocked', 'created_at', 'updated_at', 'published_at'],
  ...['created_by_id', 'updated_by_id', 'locale'],
]

function users(look: Look): PresetUsers {
  const added = addedColumns(look, 'up_users', new Set(OWN))
  return {
    from: `${look.table('up_users')} as u left join lateral (${roleOfUser(look)}) as r on true`,
    where: ['true'],
    key: { sql: 'u.id', type: 'bigint' },
    columns: {
      email: 'u.email',
      email_verified: 'u.confirmed',
      username: 'u.username',
      blocked: 'u.blocked',
      user_metadata: objectOfColumns(look, 'up_users', 'u', added),
      app_metadata: objectOf({ role: 'r.name', provider: 'u.provider' }),
      created_at: momentOfTimestamp('u.created_at'),
      updated_at: momentOfTimestamp('u.updated_at'),
      extra: objectOf({ document_id: 'u.document_id' }),
    },
    lowerCase: [],
    indexed: [],
    // No `changed`: times are in the time zone of Strapi's process, which the tables do not say. Read as UTC, a change could
    // seem hours older than it is, and a file would lack it.
    leftOut: [],
    reads: {
      up_users: [
        ...['id', 'document_id', 'username', 'email', 'provider', 'confirmed', 'blocked'],
        ...['created_at', 'updated_at', ...added],
      ],
      up_roles: ['id', 'name'],
      up_users_role_lnk: ['id', 'user_id', 'role_id'],
    },
  }
}

// Strapi gives a user one role, but no constraint says so. An index of user_id finds it.
function roleOfUser(look: Look): string {
  return `select r.name from ${look.table('up_users_role_lnk')} as l join ${look.table('up_roles')} as r on r.id = l.role_id
    where l.user_id = u.id order by l.id limit 1`
}
