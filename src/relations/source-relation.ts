import { addSeconds } from '../domain/clock.ts'
import type { FieldPath } from '../domain/field-path.ts'
import type { TextField } from '../domain/filter.ts'
import type { Attribute } from '../domain/profile.ts'
import { literal } from '../pg/sql.ts'
import type { Changed, PresetUsers } from './preset.ts'
import type { Changes, Relation, Since } from './relation.ts'
import { exact, folded, type TextColumn } from './text-column.ts'
import { type ProfileColumns, type Value, valueAt } from './value.ts'

const ID_PREFIX = 'auth0|'
const ID = 'muster_id'
const KEY = 'muster_key'
const CHANGED = 'muster_changed'

// A transaction may commit after the export's snapshot although it wrote an earlier time, and the clocks of the
// product's machines may differ. So a file repeats users of the minute before `since`, rather than miss some.
const OVERLAP_SECONDS = 60

/** The users of a source as the connection of that name. */
export function sourceRelation(users: PresetUsers, connection: string): Relation {
  const names = new Set<Attribute | 'extra'>([
    ...(['user_id', 'identities'] as const),
    ...(Object.keys(users.columns) as (keyof PresetUsers['columns'])[]),
  ])
  const columns: ProfileColumns = { names, neverNull: new Set(['user_id', 'identities'] as const) }
  return {
    from: fromOf(users, connection),
    key: { sql: KEY, type: users.key.type, cut: 'counted' },
    connection: undefined,
    column: (path) => ownIdentityAt(path, connection) ?? valueAt(path, columns),
    json: (root) => (names.has(root) ? root : undefined),
    texts: textsOf(users),
    indexed: new Set(users.indexed),
    inOrder: new Set(),
    keyOf: users.id === undefined ? keyOfType(users.key.type) : undefined,
    changes: users.changed === undefined ? undefined : changesBy(users.changed),
  }
}

// PostgreSQL reads a simple subselect as if the tables were named in the query itself, so their indexes are used.
function fromOf(users: PresetUsers, connection: string): string {
  const { key, columns, changed } = users
  const id = users.id ?? `${key.sql}::text`
  const own = `jsonb_build_object('user_id', ${id}, 'provider', 'auth0', 'connection', ${literal(connection)}, 'isSocial', false)`
  const linked =
    users.linkedIdentities === undefined ? '' : ` || coalesce(${users.linkedIdentities}, '[]'::jsonb)`
  const selected = [
    `${key.sql} as ${KEY}`,
    `${id} as ${ID}`,
    `${literal(ID_PREFIX)} || ${id} as user_id`,
    `jsonb_build_array(${own})${linked} as identities`,
    ...Object.entries(columns).map(([name, sql]) => `${sql} as ${name}`),
    ...(changed === undefined ? [] : [`${changed.sql} as ${CHANGED}`]),
  ]
  const where = users.where.map((condition) => `(${condition})`).join(' and ')
  return `(select ${selected.join(', ')} from ${users.from} where ${where}) as users`
}

// Most exports name the connection. Without this, each user's linked identities would be read for it.
function ownIdentityAt({ root, steps }: FieldPath, connection: string): Value | undefined {
  if (root !== 'identities' || steps[0] !== 0 || steps.length !== 2) return undefined
  const [, member] = steps
  if (member === 'connection') return { kind: 'text', sql: `${literal(connection)}::text`, isNeverNull: true }
  if (member === 'provider') return { kind: 'text', sql: `'auth0'::text`, isNeverNull: true }
  return member === 'user_id' ? { kind: 'text', sql: ID, isNeverNull: true } : undefined
}

const TEXT_NAMES = [
  ...(['user_id', 'email', 'username', 'phone_number', 'name', 'given_name'] as const),
  ...(['family_name', 'nickname', 'picture', 'last_ip'] as const),
]

// The order of bytes everywhere: unlike that of Muster's own columns, the collation of theirs may be any.
function textsOf({ columns, lowerCase }: PresetUsers): Relation['texts'] {
  const has = (name: string): boolean => name === 'user_id' || Object.hasOwn(columns, name)
  const plain: readonly TextField[] = ['user_id', 'phone_number', 'picture', 'last_ip']
  const columnOf = (name: (typeof TEXT_NAMES)[number]): TextColumn => {
    if (!has(name)) return { ...exact, sql: 'null::text' }
    if (plain.includes(name)) return { ...exact, sql: name }
    if ((lowerCase as readonly string[]).includes(name))
      return { ...exact, sql: name, prepare: (text) => text.toLowerCase() }
    return { ...folded, sql: `lower(${name})` }
  }
  const texts = Object.fromEntries(TEXT_NAMES.map((name) => [name, columnOf(name)]))
  const domain = has('email') ? `split_part(lower(email), '@', 2)` : 'null::text'
  const ofDomain = { ...exact, sql: domain, prepare: (text: string) => text.toLowerCase() }
  return { ...texts, 'email.domain': ofDomain } as Relation['texts']
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const BIGINT = /^(?:0|-?[1-9]\d{0,17})$/

// Only a text that the key itself would give: an index finds it, and no cast can fail.
function keyOfType(type: Relation['key']['type']): Relation['keyOf'] {
  const form = { bigint: BIGINT, uuid: UUID, text: /^/ }[type]
  return (userId) => {
    const id = userId.startsWith(ID_PREFIX) ? userId.slice(ID_PREFIX.length) : undefined
    return id !== undefined && form.test(id) ? id : undefined
  }
}

function changesBy({ type }: Changed): Changes {
  return {
    record: async (_, now) => now,
    recall: async (_, moment) => ({ since: { kind: 'clock', moment }, isForgotten: false }),
    isChanged: (since) => `${CHANGED} >= ${boundOf(since, type)}`,
  }
}

function boundOf(since: Since, type: Changed['type']): string {
  if (since.kind === 'snapshot') throw new TypeError('a source has no snapshot of an earlier export')
  const from = addSeconds(since.moment, -OVERLAP_SECONDS)
  const instant = `${literal(from.toISOString())}::timestamptz`
  switch (type) {
    case 'timestamptz':
      return instant
    case 'timestamp':
      return `${literal(from.toISOString().slice(0, -1))}::timestamp`
    case 'millis':
      return String(from.getTime())
    default:
      return type satisfies never
  }
}
