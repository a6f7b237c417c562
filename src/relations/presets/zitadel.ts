import { fullName, identityOf, objectOf } from '../json-sql.ts'
import { momentOfTimestamptz } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'

export const zitadel: Preset = {
  name: 'zitadel',
  product: 'Zitadel',
  schema: 'projections',
  triedOn: '4 and 2.42 (tables written from its projections)',
  asks: [
    {
      name: 'instance',
      about: 'Id or name of the instance. Self-hosted Zitadel usually has one.',
      choices: ({ table }) => `select id::text as value, name::text as name from ${table('instances')}`,
    },
    {
      name: 'organization',
      about:
        'Id of the organization whose users are read: its resource id in the console. Without it, the users of all are read.',
      isOptional: true,
      choices: (look) => {
        const orgs = newest(look, 'orgs')
        if (orgs === undefined) return 'select null::text as value, null::text as name where false'
        return `select id::text as value, id::text as name from ${look.table(orgs)}`
      },
    },
  ],
  recognizes: ({ tables }) =>
    newest({ has: (name) => tables.has(name) }, 'users', '_humans') !== undefined && tables.has('instances'),
  users,
}

// Zitadel numbers a table again if its columns change, and leaves the one before as it was: old users.
const NUMBER_MAX = 99

function newest({ has }: Pick<Look, 'has'>, name: string, suffix = ''): string | undefined {
  for (let number = NUMBER_MAX; number > 0; number--)
    if (has(`${name}${number}${suffix}`)) return `${name}${number}`
  return has(`${name}${suffix}`) ? name : undefined
}

// Numbers of domain.UserState.
const STATES = { active: 1, inactive: 2, deleted: 3, locked: 4, suspended: 5, initial: 6 }
const HUMAN = 1
const MACHINE = 2

function users(look: Look): PresetUsers {
  const { table, has, asked, isAsked } = look
  const name = newest(look, 'users', '_humans') ?? 'users'
  const mine = [
    `u.instance_id = ${asked('instance')}`,
    ...(isAsked('organization') ? [`u.resource_owner = ${asked('organization')}`] : []),
  ]
  const count = (...conditions: readonly string[]): string =>
    `select count(*) from ${table(name)} as u where ${[...mine, ...conditions].join(' and ')}`
  const isDeleted = `u.state = ${STATES.deleted}`
  return {
    from: `${table(name)} as u left join ${table(`${name}_humans`)} as h on h.instance_id = u.instance_id and h.user_id = u.id
      ${metadata(look)} ${linked(look)} ${factors(look)} ${roles(look)}`,
    where: [...mine, `u.type = ${HUMAN}`, `not ${isDeleted}`],
    key: { sql: 'u.id', type: 'text' },
    columns: {
      email: 'h.email',
      email_verified: 'h.is_email_verified',
      username: 'u.username',
      phone_number: 'h.phone',
      phone_verified: 'case when h.phone is not null then coalesce(h.is_phone_verified, false) end',
      name: `coalesce(nullif(h.display_name, ''), ${fullName('h.first_name', 'h.last_name')})`,
      given_name: 'h.first_name',
      family_name: 'h.last_name',
      nickname: 'h.nick_name',
      blocked: `u.state in (${STATES.inactive}, ${STATES.locked}, ${STATES.suspended})`,
      user_metadata: 'metadata.all_of_user',
      app_metadata: objectOf({
        organization: 'u.resource_owner',
        state: stateName(),
        roles: 'roles.by_project',
      }),
      created_at: momentOfTimestamptz('u.creation_date'),
      updated_at: momentOfTimestamptz(CHANGED),
      ...(has(`${name}_humans`, 'password_changed')
        ? { last_password_reset: momentOfTimestamptz('h.password_changed') }
        : {}),
      multifactor: 'factors.types',
      extra: objectOf({ locale: `nullif(h.preferred_language, '')` }),
    },
    linkedIdentities: 'linked.identities',
    lowerCase: [],
    indexed: [],
    changed: { sql: CHANGED, type: 'timestamptz' },
    leftOut: [
      {
        what: 'machine users',
        why: 'Zitadel makes them for programs: no persons.',
        count: count(`u.type = ${MACHINE}`, `not ${isDeleted}`),
      },
      {
        what: 'deleted users',
        why: 'Zitadel usually removes the row. A row in the state 3 can never sign in again.',
        count: count(isDeleted),
      },
    ],
    reads: readsOf(look, name),
  }
}

const CHANGED = 'greatest(u.change_date, metadata.latest)'

function stateName(): string {
  const names = Object.entries(STATES).map(([state, number]) => `when ${number} then '${state}'`)
  return `case u.state ${names.join(' ')} end`
}

function readsOf(look: Look, name: string): PresetUsers['reads'] {
  const others = {
    user_metadata: ['instance_id', 'user_id', 'key', 'value', 'change_date'],
    idp_user_links: ['instance_id', 'user_id', 'idp_id', 'external_user_id', 'display_name'],
    idp_templates: ['instance_id', 'id', 'name', 'type'],
    user_auth_methods: ['instance_id', 'user_id', 'method_type', 'state'],
    user_grants: ['instance_id', 'user_id', 'project_id', 'roles', 'state'],
    orgs: ['id'],
  }
  const found = Object.entries(others).flatMap(([table, columns]) => {
    const numbered = newest(look, table)
    return numbered === undefined ? [] : [[numbered, columns]]
  })
  return {
    instances: ['id', 'name'],
    [name]: [
      ...['instance_id', 'id', 'resource_owner', 'type', 'state', 'username', 'creation_date', 'change_date'],
    ],
    [`${name}_humans`]: [
      ...['instance_id', 'user_id', 'email', 'is_email_verified', 'phone', 'is_phone_verified', 'first_name'],
      ...['last_name', 'display_name', 'nick_name', 'preferred_language'],
      ...['password_changed'].filter((column) => look.has(`${name}_humans`, column)),
    ],
    ...Object.fromEntries(found),
  }
}

// A value is bytes. It is UTF-8 if these are its bytes in hexadecimal; any other, and one with a zero byte, is given in
// base64, as Zitadel's API gives all. See the Unicode Standard, table 3-7.
const TAIL = '[89ab][0-9a-f]'
const UTF8 = [
  ...['0[1-9a-f]', '[1-7][0-9a-f]', `(?:c[2-9a-f]|d[0-9a-f])${TAIL}`, `e0[ab][0-9a-f]${TAIL}`],
  ...[`e[1-9a-cef](?:${TAIL}){2}`, `ed[89][0-9a-f]${TAIL}`, `f0[9ab][0-9a-f](?:${TAIL}){2}`],
  ...[`f[1-3](?:${TAIL}){3}`, `f48[0-9a-f](?:${TAIL}){2}`],
].join('|')

function metadata(look: Look): string {
  const name = newest(look, 'user_metadata')
  if (name === undefined)
    return 'cross join (select null::jsonb as all_of_user, null::timestamptz as latest) as metadata'
  const text = `case when encode(value, 'hex') ~ '^(?:${UTF8})*$' then convert_from(value, 'UTF8')
    else translate(encode(value, 'base64'), E'\\n', '') end`
  return `left join lateral (
    select jsonb_object_agg(key, ${text}) as all_of_user, max(change_date) as latest
    from ${look.table(name)} where instance_id = u.instance_id and user_id = u.id
  ) as metadata on true`
}

// Numbers of domain.IDPType, with the names that Auth0 has for them.
const PROVIDERS = {
  ...{ 1: 'oidc', 2: 'jwt', 3: 'oauth2', 4: 'ldap', 5: 'waad', 6: 'github', 7: 'github', 8: 'gitlab' },
  ...{ 9: 'gitlab', 10: 'google-oauth2', 11: 'apple', 12: 'samlp' },
}

function linked(look: Look): string {
  const [links, templates] = [newest(look, 'idp_user_links'), newest(look, 'idp_templates')]
  if (links === undefined || templates === undefined)
    return 'cross join (select null::jsonb as identities) as linked'
  const names = Object.entries(PROVIDERS).map(([type, provider]) => `when ${type} then '${provider}'`)
  const identity = identityOf({
    provider: `coalesce(case t.type ${names.join(' ')} end, l.idp_id)`,
    connection: `coalesce(nullif(t.name, ''), l.idp_id)`,
    userId: 'l.external_user_id',
    isSocial: 'coalesce(t.type between 6 and 11, false)',
    profileData: objectOf({ name: `nullif(l.display_name, '')` }),
  })
  return `left join lateral (
    select jsonb_agg(${identity} order by l.idp_id collate "C", l.external_user_id collate "C") as identities
    from ${look.table(links)} as l left join ${look.table(templates)} as t on t.instance_id = l.instance_id and t.id = l.idp_id
    where l.instance_id = u.instance_id and l.user_id = u.id
  ) as linked on true`
}

// Numbers of domain.UserAuthMethodType; 2 of domain.MFAState: ready.
const FACTORS = { 1: 'totp', 2: 'u2f', 3: 'passkey', 6: 'sms', 7: 'email' }

function factors(look: Look): string {
  const name = newest(look, 'user_auth_methods')
  if (name === undefined) return 'cross join (select null::jsonb as types) as factors'
  const names = Object.entries(FACTORS).map(([type, factor]) => `when ${type} then '${factor}'`)
  return `left join lateral (
    select jsonb_agg(distinct case method_type ${names.join(' ')} end) as types
    from ${look.table(name)}
    where instance_id = u.instance_id and user_id = u.id and state = 2 and method_type in (${Object.keys(FACTORS).join(', ')})
  ) as factors on true`
}

// A user may have several grants of one project: one from each organization that gives it.
function roles(look: Look): string {
  const name = newest(look, 'user_grants')
  if (name === undefined) return 'cross join (select null::jsonb as by_project) as roles'
  return `left join lateral (
    select jsonb_object_agg(project_id, names) as by_project from (
      select project_id, jsonb_agg(distinct role collate "C") as names
      from ${look.table(name)}, unnest(roles) as role
      where instance_id = u.instance_id and user_id = u.id and state = 1 group by project_id
    ) as granted
  ) as roles on true`
}
