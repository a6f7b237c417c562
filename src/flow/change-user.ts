import type { Clock } from '../domain/clock.ts'
import { type Connection, DATABASE_STRATEGY, isDatabase } from '../domain/connection.ts'
import { Failure } from '../domain/failure.ts'
import { findUnstorable, isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { type Credentials, METADATA, type Profile } from '../domain/profile.ts'
import { invalidBody, Refusal, refuseUnstorable } from '../domain/refusal.ts'
import type { Hasher } from '../hashing/hasher.ts'
import { oversize } from '../users/check-import.ts'
import type { ConnectionStore } from '../users/connection-store.ts'
import { findSecrets } from '../users/find-secrets.ts'
import { mergedMetadata } from '../users/merge-metadata.ts'
import { layeredProfile, newProfile, savedBy } from '../users/new-profile.ts'
import { hashPassword } from '../users/password.ts'
import { ROOT_PATH } from '../users/rules.ts'
import { newSecretNames } from '../users/secret-names.ts'
import { writable } from '../users/source-connections.ts'
import type { Conflict, UserStore } from '../users/user-store.ts'
import { usernameProblem } from '../users/username.ts'
import { knownConnection } from './request-job.ts'

export interface ChangeUserDeps {
  readonly users: UserStore
  readonly connections: ConnectionStore
  readonly clock: Clock
  readonly hasher: Pick<Hasher, 'bcrypt'>
}

/** Fails with `user_not_found`. */
export async function findUser(userId: string, { users }: Pick<ChangeUserDeps, 'users'>): Promise<Profile> {
  // A text that PostgreSQL cannot store is no user's id.
  const found = findUnstorable(userId) === undefined ? await users.find(userId) : undefined
  if (found === undefined) throw unknownUser()
  return found
}

export interface UserOrder {
  readonly connection: string
  readonly attributes: JsonObject
  readonly password?: string | undefined
}

/** Fails with `connection_unknown`, `body_invalid`, `hashes_too_many` or `user_exists`. */
export async function addUser(order: UserOrder, deps: ChangeUserDeps): Promise<Profile> {
  const { attributes } = order
  refuseUnstorable(attributes, 'body_invalid')
  refuseSecrets(attributes)
  const connection = writable(knownConnection(await deps.connections.findByName(order.connection)))
  refuseIncomplete(order, connection)
  refuseUsername(attributes['username'], connection)
  const profile = newProfile(attributes, { connection, now: deps.clock.now() })
  refuseOversize(profile)
  const credentials = await credentialsOf(order.password, deps)
  // Taken after the slow hash. Clients page by timestamps, so no user may appear later with an older one.
  const moment = (await deps.users.takeTime(deps.clock.now())).toISOString()
  const dated = { ...profile, created_at: moment, updated_at: moment }
  const conflict = await deps.users.add({ profile: dated, ...credentials }, connection)
  if (conflict !== undefined) throw userExists(conflict)
  return dated
}

export interface UserPatch {
  readonly attributes: JsonObject
  readonly password?: string | null | undefined
  readonly connection?: string | undefined
}

/**
 * Merges metadata on its first level and replaces other attributes. Fails with `user_not_found`,
 * `operation_unsupported`, `body_invalid`, `hashes_too_many` or `user_exists`.
 */
export async function changeUser(userId: string, patch: UserPatch, deps: ChangeUserDeps): Promise<Profile> {
  refuseUnstorable(patch.attributes, 'body_invalid')
  refuseSecrets(patch.attributes)
  refuseCombinations(patch)
  const primary = (await findUser(userId, deps)).identities[0]
  const connection = primary && (await deps.connections.findByName(primary.connection))
  refuseForeign(patch, primary?.connection ?? '', connection?.strategy ?? '')
  const credentials = await credentialsOf(patch.password ?? undefined, deps)
  const now = await deps.users.takeTime(deps.clock.now())
  const changed = await deps.users.change(userId, (present) => {
    const { username } = patch.attributes
    // An import with `preserve` may have stored a username that breaks the rules. It may stay.
    if (username !== present['username']) refuseUsername(username, connection)
    const profile = merged(present, patch, now)
    refuseOversize(profile)
    return { profile, ...credentials }
  })
  if (changed === undefined) throw unknownUser()
  if ('conflict' in changed && !('user_id' in changed)) throw userExists(changed.conflict as Conflict)
  return changed as Profile
}

async function credentialsOf(
  password: string | undefined,
  { hasher }: Pick<ChangeUserDeps, 'hasher'>,
): Promise<{ credentials?: Credentials }> {
  return password === undefined
    ? {}
    : { credentials: { password_hash: await hashPassword(password, hasher) } }
}

// Null as metadata removes the metadata; null as a member of it removes this member. At Auth0 an empty object removes
// all members, and the profile then has `{}` (auth0/node-auth0 issue 522).
function merged(present: Profile, { attributes, password }: UserPatch, now: Date): Profile {
  const given = savedBy(present.user_id, attributes)
  const moment = now.toISOString()
  const made: Record<string, Json> = { updated_at: moment }
  for (const name of METADATA)
    if (isJsonObject(given[name]) && Object.keys(given[name]).length > 0)
      made[name] = mergedMetadata(present[name], given[name])
  if (typeof password === 'string') made['last_password_reset'] = moment
  const unverified = { ...unverifiedBy('email', given, present), ...unverifiedBy('phone', given, present) }
  return layeredProfile([made, given, unverified, present])
}

// Nobody has verified a new address, unless the same request says so.
function unverifiedBy(kind: 'email' | 'phone', given: JsonObject, present: Profile): JsonObject {
  const name = kind === 'email' ? 'email' : 'phone_number'
  const address = given[name]
  if (address === undefined || address === present[name]) return {}
  return { [`${kind}_verified`]: address === null ? null : false }
}

// Auth0 refuses these pairs, and its clients avoid them (Auth0's Terraform provider, for example).
const REFUSED_PAIRS = [
  ['password', 'email'],
  ['password', 'email_verified'],
  ['username', 'password'],
  ['username', 'email_verified'],
] as const

function refuseCombinations({ attributes, password }: UserPatch): void {
  const names = new Set([...Object.keys(attributes), ...(password === undefined ? [] : ['password'])])
  const pair = REFUSED_PAIRS.find(([one, other]) => names.has(one) && names.has(other))
  if (pair === undefined) return
  throw new Failure('operation_unsupported', `Cannot update ${pair[0]} and ${pair[1]} simultaneously`)
}

const LOGIN_ATTRIBUTES = ['email', 'email_verified', 'phone_number', 'phone_verified', 'username'] as const
const SYNCED_ATTRIBUTES = ['family_name', 'given_name', 'name', 'nickname', 'picture'] as const
const OWN_STRATEGIES = [DATABASE_STRATEGY, 'email', 'sms']

// Auth0 takes these attributes from the identity provider, so only the provider can change them.
function refuseForeign(patch: UserPatch, connection: string, strategy: string): void {
  if (patch.connection !== undefined && patch.connection !== connection) {
    throw new Failure('operation_unsupported', 'Only the first identity of a user can be updated.')
  }
  const { password } = patch
  if (password !== undefined && (password === null || strategy !== DATABASE_STRATEGY)) {
    throw new Failure('operation_unsupported', 'Cannot update password for this user')
  }
  if (OWN_STRATEGIES.includes(strategy)) return
  const login = LOGIN_ATTRIBUTES.find((name) => patch.attributes[name] !== undefined)
  if (login !== undefined) throw new Failure('operation_unsupported', `Cannot update ${login} for this user`)
  const synced = SYNCED_ATTRIBUTES.filter((name) => patch.attributes[name] !== undefined)
  if (synced.length === 0) return
  throw new Failure(
    'operation_unsupported',
    `The following user attributes cannot be updated: ${synced.join(', ')}. The connection (${connection}) must either be a database connection (using the Auth0 store), a passwordless connection (email or sms) or has disabled 'Sync user profile attributes at each login'. For more information, see https://auth0.com/docs/dashboard/guides/connections/configure-connection-sync`,
  )
}

// The required properties depend on the kind of connection, which Auth0's schema cannot say. Only its prose does.
function refuseIncomplete({ attributes, password }: UserOrder, connection: Connection): void {
  if (!isDatabase(connection)) return
  const hasLogin = ['email', 'username', 'phone_number'].some((name) => attributes[name] !== undefined)
  if (!hasLogin) throw missingProperty('email')
  if (password === undefined) throw missingProperty('password')
}

function refuseUsername(username: Json | undefined, connection: Connection | undefined): void {
  if (typeof username !== 'string' || connection === undefined) return
  const problem = usernameProblem(username, connection)
  if (problem === undefined) return
  throw new Refusal('body_invalid', {
    problem: problem.message,
    property: 'username',
    about: "The user's username",
  })
}

function missingProperty(name: string): Refusal {
  return new Refusal('body_invalid', { problem: `Missing required property: ${name}` })
}

// Every reader of the user gets the attributes, so a secret there would leak. In metadata the client decides.
function refuseSecrets(attributes: JsonObject): void {
  const [found] = findSecrets(attributes, newSecretNames()).problems
  if (found === undefined) return
  const problem =
    'This looks like a secret, and attributes are given out with the user. Send a password as password, move other secrets to app_metadata, or leave it out'
  throw invalidBody(problem, found.path.slice(ROOT_PATH.length))
}

function refuseOversize(profile: Profile): void {
  const problem = oversize(profile)
  if (problem !== undefined) throw new Refusal('body_invalid', { problem: problem.message })
}

function unknownUser(): Failure {
  return new Failure('user_not_found', 'The user does not exist.')
}

// Auth0's text does not name the email, and clients may compare texts.
function userExists(conflict: Conflict): Failure {
  const detail =
    conflict === 'email' || conflict === 'user_id'
      ? 'The user already exists.'
      : `The ${conflict} is already in use.`
  return new Failure('user_exists', detail)
}
