import { identifier } from '../../pg/sql.ts'
import { addedColumns, objectOfColumns } from '../added-columns.ts'
import { identityOf, objectOf } from '../json-sql.ts'
import { keyTypeOf } from '../key-type.ts'
import { momentOf } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'

export const betterAuth: Preset = {
  name: 'better-auth',
  product: 'better-auth',
  schema: 'public',
  triedOn: '1.7 (its own tables and users)',
  asks: [],
  recognizes: ({ tables }) =>
    FORMS.some(
      ({ table, column }) =>
        tables.get(table('user'))?.has(column('emailVerified')) === true &&
        tables.get(table('account'))?.has(column('providerId')) === true,
    ),
  users,
}

/** How a deployment writes names: as in the documentation, or as better-auth's generator for Drizzle does. */
interface Form {
  table(name: string): string
  column(name: string): string
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const same = (name: string): string => name

const FORMS: readonly Form[] = [
  { table: same, column: same },
  { table: snake, column: snake },
  { table: (name) => `${name}s`, column: same },
  { table: (name) => `${snake(name)}s`, column: snake },
]

const OF_PLUGINS = [
  ...['role', 'banned', 'banReason', 'banExpires', 'username', 'displayUsername', 'twoFactorEnabled'],
  ...['phoneNumber', 'phoneNumberVerified', 'isAnonymous', 'lastLoginMethod'],
]
const OF_CORE = ['id', 'name', 'email', 'emailVerified', 'image', 'createdAt', 'updatedAt']

/** The tables in the form that they have. */
interface Names {
  readonly look: Look
  name(table: string): string
  columnName(column: string): string
  /** SQL. */
  table(name: string): string
  column(name: string): string
  has(table: string, column?: string): boolean
  type(table: string, column: string): string | undefined
  /** SQL of a column of the user's row. */
  ofUser(column: string): string
}

function namesIn(look: Look): Names {
  const [usual] = FORMS
  const form =
    FORMS.find(({ table, column }) => look.has(table('user'), column('emailVerified'))) ?? (usual as Form)
  const has: Names['has'] = (table, column) =>
    look.has(form.table(table), column === undefined ? undefined : form.column(column))
  return {
    look,
    has,
    name: form.table,
    columnName: form.column,
    table: (name) => look.table(form.table(name)),
    column: (name) => identifier(form.column(name)),
    type: (table, column) => look.type(form.table(table), form.column(column)),
    ofUser: (column) => `u.${identifier(form.column(column))}`,
  }
}

function users(look: Look): PresetUsers {
  const names = namesIn(look)
  const { ofUser, type } = names
  return {
    from: `${names.table('user')} as u ${linked(names)} ${lastSession(names)} ${organizations(names)}`,
    where: ['true'],
    key: { sql: 'u.id', type: keyTypeOf(type('user', 'id')) ?? 'text' },
    columns: columnsOf(names),
    linkedIdentities: 'linked.identities',
    lowerCase: ['email'],
    indexed: names.has('user', 'phoneNumber') ? ['email', 'phone_number'] : ['email'],
    changed: {
      sql: ofUser('updatedAt'),
      type: type('user', 'updatedAt') === 'timestamp without time zone' ? 'timestamp' : 'timestamptz',
    },
    leftOut: [],
    reads: readsOf(names),
  }
}

function columnsOf(names: Names): PresetUsers['columns'] {
  const { look, has, ofUser } = names
  const ofPlugin = (name: string, columns: PresetUsers['columns']) => (has('user', name) ? columns : {})
  const added = addedOf(names)
  return {
    email: 'u.email',
    email_verified: ofUser('emailVerified'),
    ...ofPlugin('username', { username: ofUser('username') }),
    ...ofPlugin('displayUsername', { nickname: ofUser('displayUsername') }),
    ...ofPlugin('phoneNumber', {
      phone_number: ofUser('phoneNumber'),
      phone_verified: `case when ${ofUser('phoneNumber')} is not null then ${ofUser('phoneNumberVerified')} end`,
    }),
    name: 'u.name',
    picture: 'u.image',
    ...ofPlugin('banned', { blocked: blocked(names) }),
    ...(added.length === 0 ? {} : { user_metadata: objectOfColumns(look, names.name('user'), 'u', added) }),
    app_metadata: appMetadata(names),
    created_at: moment(names, 'createdAt'),
    updated_at: moment(names, 'updatedAt'),
    ...(has('session') ? { last_login: 'last_session.began', last_ip: 'last_session.ip' } : {}),
    ...ofPlugin('twoFactorEnabled', { multifactor: factors(names) }),
    ...ofPlugin('isAnonymous', {
      extra: objectOf({ is_anonymous: `nullif(${ofUser('isAnonymous')}, false)` }),
    }),
  }
}

function moment({ type, ofUser }: Names, name: string): string {
  return momentOf(type('user', name), ofUser(name))
}

// Without a date, the user is banned until an administrator ends it.
function blocked({ has, ofUser, type }: Names): string {
  const banned = `coalesce(${ofUser('banned')}, false)`
  if (!has('user', 'banExpires')) return banned
  const now =
    type('user', 'banExpires') === 'timestamp without time zone' ? `now() at time zone 'UTC'` : 'now()'
  return `(${banned} and coalesce(${ofUser('banExpires')} > ${now}, true))`
}

// A user who has several roles has them in one text, with commas.
function appMetadata(names: Names): string {
  const { has, ofUser } = names
  const ofPlugin = (column: string, member: string, sql: string) =>
    has('user', column) ? { [member]: sql } : {}
  return objectOf({
    ...ofPlugin('role', 'roles', `string_to_array(nullif(${ofUser('role')}, ''), ',')`),
    ...ofPlugin('banReason', 'ban_reason', ofUser('banReason')),
    ...ofPlugin('banExpires', 'ban_expires', moment(names, 'banExpires')),
    ...ofPlugin('lastLoginMethod', 'last_login_method', ofUser('lastLoginMethod')),
    ...(has('member') ? { organizations: 'organizations.of_user' } : {}),
  })
}

function addedOf({ look, name, columnName }: Names): readonly string[] {
  return addedColumns(look, name('user'), new Set([...OF_CORE, ...OF_PLUGINS].map(columnName)))
}

// With codes by email or text message there is no row. A row that is not verified is of an app that was never set up.
function factors({ table, column, has, ofUser }: Names): string {
  const isVerified = has('twoFactor', 'verified') ? `and ${column('verified')} is not false` : ''
  const app = has('twoFactor')
    ? `exists (select from ${table('twoFactor')} where ${column('userId')} = u.id ${isVerified})`
    : 'false'
  return `case when ${ofUser('twoFactorEnabled')} then
    case when ${app} then '["totp"]'::jsonb else '["otp"]'::jsonb end end`
}

// The account `credential` is the user's own. An index of userId serves each of these joins.
function linked({ table, column, has }: Names): string {
  const isSocial = has('ssoProvider')
    ? `not exists (select from ${table('ssoProvider')} as s where s.${column('providerId')} = a.${column('providerId')})`
    : 'true'
  const provider = `a.${column('providerId')}`
  const userId = `a.${column('accountId')}`
  const identity = identityOf({ provider, connection: provider, userId, isSocial })
  return `left join lateral (
    select jsonb_agg(${identity} order by ${provider} collate "C", ${userId} collate "C") as identities
    from ${table('account')} as a where a.${column('userId')} = u.id and ${provider} <> 'credential'
  ) as linked on true`
}

// A session of an administrator who acts as the user is no login of the user.
function lastSession({ table, column, has, type }: Names): string {
  if (!has('session')) return ''
  const own = has('session', 'impersonatedBy') ? `and ${column('impersonatedBy')} is null` : ''
  return `left join lateral (
    select ${momentOf(type('session', 'createdAt'), column('createdAt'))} as began, nullif(${column('ipAddress')}, '') as ip
    from ${table('session')} where ${column('userId')} = u.id ${own} order by ${column('createdAt')} desc limit 1
  ) as last_session on true`
}

function organizations({ table, column, has }: Names): string {
  if (!has('member')) return ''
  return `left join lateral (
    select jsonb_agg(jsonb_build_object('id', o.id::text, 'name', o.name, 'role', m.role) order by o.name collate "C", o.id) as of_user
    from ${table('member')} as m join ${table('organization')} as o on o.id = m.${column('organizationId')}
    where m.${column('userId')} = u.id
  ) as organizations on true`
}

const READS: Readonly<Record<string, readonly string[]>> = {
  user: [...OF_CORE, ...OF_PLUGINS],
  account: ['userId', 'providerId', 'accountId'],
  session: ['userId', 'createdAt', 'ipAddress', 'impersonatedBy'],
  twoFactor: ['userId', 'verified'],
  ssoProvider: ['providerId'],
  member: ['userId', 'organizationId', 'role'],
  organization: ['id', 'name'],
}

function readsOf(names: Names): PresetUsers['reads'] {
  const { has, name, columnName } = names
  const there = Object.entries(READS).map(([table, columns]) => [
    name(table),
    [
      ...columns.filter((column) => has(table, column)).map(columnName),
      ...(table === 'user' ? addedOf(names) : []),
    ],
  ])
  return Object.fromEntries(there.filter(([, columns]) => columns?.length !== 0))
}
