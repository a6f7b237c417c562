import { isJsonObject, type Json } from '../domain/json.ts'
import { ATTRIBUTE_NAMES, ATTRIBUTES, CREDENTIAL_NAMES, isAttribute } from '../domain/profile.ts'
import { checkImported } from '../users/check-import.ts'
import type { UserError } from './tally.ts'

export interface ForAuth0 {
  readonly user: Json
  /** Attributes that only Auth0 sets. Its import refuses a user who has one. */
  readonly leftOut: readonly string[]
}

// Auth0 puts its prefix in front of every id.
const PREFIX = 'auth0|'

/** A user as Auth0's import takes users: without what only the server sets, without nulls, without the prefix. */
export function forAuth0(value: Json): ForAuth0 {
  if (!isJsonObject(value)) return { user: value, leftOut: [] }
  const leftOut: string[] = []
  const kept: [string, Json][] = []
  for (const [name, member] of Object.entries(value)) {
    if (member === null) continue
    if (isAttribute(name) && ATTRIBUTES[name].by === 'server') leftOut.push(name)
    else if (name === 'user_id' && typeof member === 'string' && member.startsWith(PREFIX))
      kept.push([name, member.slice(PREFIX.length)])
    else kept.push([name, member])
  }
  return { user: Object.fromEntries(kept), leftOut }
}

const KNOWN: ReadonlySet<string> = new Set([
  ...ATTRIBUTE_NAMES.filter((name) => ATTRIBUTES[name].by === 'caller'),
  ...CREDENTIAL_NAMES,
])

/** What Auth0's published schema says of the user. Used without a server, so duplicates are not found. */
export function auth0Problems(user: Json): readonly UserError[] {
  const checked = checkImported(user, { preserve: false, isStrict: true })
  const unknown = isJsonObject(user) ? Object.keys(user).filter((name) => !KNOWN.has(name)) : []
  return [
    ...('errors' in checked ? checked.errors : []),
    ...unknown.map((name) => ({
      code: 'OBJECT_ADDITIONAL_PROPERTIES',
      message: `Additional properties not allowed: ${name}`,
      path: '#/',
    })),
  ]
}
