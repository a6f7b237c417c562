import { literal } from '../pg/sql.ts'

/**
 * SQL of an object of the members that are not null, by name. Null if there is none. Nulls inside a member's own objects
 * are left out too, so a member with JSON of the product itself is joined by `withMember`.
 */
export function objectOf(members: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(members).map(([name, sql]) => `${literal(name)}, ${sql}`)
  return `nullif(jsonb_strip_nulls(jsonb_build_object(${pairs.join(', ')})), '{}')`
}

/** SQL of the object with the member in addition, as it is, unless the member is null. */
export function withMember(object: string, name: string, sql: string): string {
  return `${object} || case when ${sql} is null then '{}'::jsonb else jsonb_build_object('${name}', ${sql}) end`
}

/** The SQL of each member: texts, but for `isSocial` and the jsonb of `profileData`. */
export interface LinkedIdentity {
  readonly provider: string
  readonly connection: string
  readonly userId: string
  readonly isSocial: string
  readonly profileData?: string
}

export function identityOf({ provider, connection, userId, isSocial, profileData }: LinkedIdentity): string {
  const identity = `jsonb_build_object('provider', ${provider}, 'connection', ${connection}, 'user_id', ${userId}, 'isSocial', ${isSocial})`
  return profileData === undefined ? identity : withMember(identity, 'profileData', profileData)
}

/** SQL of a full name, or null. */
export function fullName(given: string, family: string): string {
  return `nullif(concat_ws(' ', nullif(${given}, ''), nullif(${family}, '')), '')`
}
