import type { Json, JsonObject } from '../domain/json.ts'
import {
  ATTRIBUTE_NAMES,
  ATTRIBUTES,
  type Attribute,
  type AttributeKind,
  isAttribute,
  type Profile,
} from '../domain/profile.ts'
import { LOWERED_NAMES, loweredColumns } from './lower-case.ts'

export const SQL_TYPES: Record<AttributeKind, string> = {
  text: 'text',
  boolean: 'boolean',
  integer: 'bigint',
  moment: 'text',
  object: 'jsonb',
  array: 'jsonb',
}

export const PROFILE_COLUMNS = [...ATTRIBUTE_NAMES, 'extra'].join(', ')

const PROFILE_RECORD = [
  ...ATTRIBUTE_NAMES.map((name) => `${name} ${SQL_TYPES[ATTRIBUTES[name].kind]}`),
  'extra jsonb',
].join(', ')

export const STORED_COLUMNS = `${PROFILE_COLUMNS}, ${LOWERED_NAMES.map((name) => `lowered_${name}`).join(', ')}`

export const STORED_RECORD = `${PROFILE_RECORD}, ${LOWERED_NAMES.map((name) => `lowered_${name} text`).join(', ')}`

export type UserRow = { readonly [Name in Attribute]: unknown } & { readonly extra: JsonObject | null }

/** Null columns are absent from the profile, and the attributes are in the order of ATTRIBUTES, as at Auth0. */
export function profileOf(row: UserRow): Profile {
  const known = ATTRIBUTE_NAMES.flatMap((name) =>
    row[name] === null ? [] : [[name, shown(row[name])] as const],
  )
  return { ...Object.fromEntries(known), ...row.extra } as unknown as Profile
}

function shown(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

export function recordOf(profile: Profile): Record<string, Json> {
  const lowered = loweredColumns(profile)
  const known: Record<string, Json> = Object.fromEntries(
    LOWERED_NAMES.map((name, at) => [`lowered_${name}`, lowered[at] ?? null]),
  )
  const extra: [string, Json][] = []
  for (const [name, value] of Object.entries(profile as JsonObject)) {
    if (isAttribute(name)) known[name] = value
    else extra.push([name, value])
  }
  // Not by assignment, because an attribute may be named __proto__.
  return extra.length === 0 ? known : { ...known, extra: Object.fromEntries(extra) }
}
