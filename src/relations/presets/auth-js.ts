import { identifier } from '../../pg/sql.ts'
import { addedColumns, objectOfColumns } from '../added-columns.ts'
import type { Catalogue } from '../catalogue.ts'
import { identityOf } from '../json-sql.ts'
import { keyTypeOf } from '../key-type.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'

/** Names of the tables: of the adapter for pg, of the one for Drizzle, and of the one for Prisma. */
const FORMS = [
  { users: 'users', accounts: 'accounts' },
  { users: 'user', accounts: 'account' },
  { users: 'User', accounts: 'Account' },
] as const

type Form = (typeof FORMS)[number]

export const authJs: Preset = {
  name: 'auth-js',
  product: 'Auth.js',
  schema: 'public',
  triedOn: '@auth/pg-adapter 1.11 (its own users, in tables written from its schema)',
  asks: [],
  recognizes: (catalogue) => formOf(hasIn(catalogue)) !== undefined,
  users,
}

const COLUMNS = ['id', 'name', 'email', 'emailVerified', 'image']

type Has = Look['has']

function hasIn({ tables }: Catalogue): Has {
  return (table, column = '') => tables.get(table)?.has(column) === true
}

function formOf(has: Has): Form | undefined {
  return FORMS.find((form) => has(form.users, 'emailVerified') && has(form.accounts, 'providerAccountId'))
}

function users(look: Look): PresetUsers {
  const { table, type } = look
  const form = formOf(look.has) ?? FORMS[0]
  const added = addedColumns(look, form.users, new Set(COLUMNS))
  return {
    from: `${table(form.users)} as u ${linked(look, form)}`,
    where: ['true'],
    key: { sql: 'u.id', type: keyTypeOf(type(form.users, 'id')) ?? 'text' },
    columns: {
      email: 'u.email',
      email_verified: `case when u.email is not null then u.${identifier('emailVerified')} is not null end`,
      name: 'u.name',
      picture: 'u.image',
      ...(added.length === 0 ? {} : { user_metadata: objectOfColumns(look, form.users, 'u', added) }),
    },
    linkedIdentities: 'linked.identities',
    lowerCase: [],
    indexed: [],
    leftOut: [],
    reads: {
      [form.users]: [...COLUMNS, ...added],
      [form.accounts]: ['userId', 'type', 'provider', 'providerAccountId'],
    },
  }
}

// The adapter's schema has no index of "userId". So all accounts are read once per query, not once per user.
function linked({ table }: Look, { accounts }: Form): string {
  const userId = `a.${identifier('providerAccountId')}`
  const isSocial = `a.type in ('oauth', 'oidc')`
  const identity = identityOf({ provider: 'a.provider', connection: 'a.provider', userId, isSocial })
  return `left join (
    select a.${identifier('userId')} as user_id,
      jsonb_agg(${identity} order by a.provider collate "C", ${userId} collate "C") as identities
    from ${table(accounts)} as a group by a.${identifier('userId')}
  ) as linked on linked.user_id = u.id`
}
