import { isDatabase } from '../domain/connection.ts'
import { Failure } from '../domain/failure.ts'
import { newJobId } from '../domain/ids.ts'
import type { Job } from '../domain/job.ts'
import type { Identity, Profile } from '../domain/profile.ts'
import type { ClientKey, RequestKey } from '../domain/request-key.ts'
import type { ConnectionStore } from '../users/connection-store.ts'
import { writable } from '../users/source-connections.ts'
import type { UserStore } from '../users/user-store.ts'
import { findUser } from './change-user.ts'
import { addJob, knownConnection, type RequestJobDeps } from './request-job.ts'
import { requestOnce } from './request-once.ts'

export interface RequestVerificationDeps extends RequestJobDeps {
  readonly users: UserStore
}

export interface VerificationOrder {
  readonly userId: string
  readonly organizationId?: string | undefined
  /** If absent, the first identity must be of a database connection. */
  readonly identity?: IdentityOrder | undefined
}

export interface IdentityOrder {
  readonly user_id: string
  readonly provider: string
  readonly connection_id?: string
}

/**
 * Fails with `user_not_found`, `organization_unknown`, `connection_unknown`, `operation_unsupported` or
 * `idempotency_key_reused`, and then stores nothing.
 */
export function requestVerification(
  order: VerificationOrder,
  deps: RequestVerificationDeps,
  key?: ClientKey,
): Promise<Job> {
  const asked = { type: 'verification_email', order }
  return requestOnce({ key, asked }, deps, (requestKey) => takeOrder(order, deps, requestKey))
}

async function takeOrder(
  order: VerificationOrder,
  deps: RequestVerificationDeps,
  key: RequestKey | undefined,
): Promise<Job | undefined> {
  const user = await findUser(order.userId, deps)
  const first = await deps.connections.findByName(user.identities[0]?.connection ?? '')
  if (first !== undefined) writable(first)
  if (order.organizationId !== undefined)
    throw new Failure('organization_unknown', 'The organization does not exist')
  if (order.identity === undefined) await refuseForeign(user, deps.connections)
  else await refuseOther(user, order.identity, deps.connections)
  emailOf(user)
  const request = { userId: user.user_id }
  const createdAt = deps.clock.now()
  return addJob({ id: newJobId(), type: 'verification_email', createdAt, request }, key, deps)
}

export function emailOf({ email }: Profile): string {
  if (typeof email === 'string') return email
  throw unsupported('User does not have an email address.')
}

async function refuseForeign(user: Profile, connections: ConnectionStore): Promise<void> {
  const connection = knownConnection(await connections.findByName(user.identities[0]?.connection ?? ''))
  if (!isDatabase(connection)) throw unsupported('Connection must be a database connection')
}

// With `identity` Auth0 verifies the address of any identity. Muster stores one address for each user: that of the
// first identity.
async function refuseOther(user: Profile, order: IdentityOrder, connections: ConnectionStore): Promise<void> {
  const name = await connectionName(order, connections)
  const isMeant = (identity: Identity): boolean =>
    identity.provider === order.provider &&
    String(identity.user_id) === order.user_id &&
    (name === undefined || identity.connection === name)
  const index = user.identities.findIndex(isMeant)
  if (index === -1) throw unsupported('The user exists, but does not contain the given identity.')
  if (index > 0) throw unsupported("Only the address of a user's first identity can be verified.")
}

async function connectionName(
  { connection_id: id }: IdentityOrder,
  connections: ConnectionStore,
): Promise<string | undefined> {
  if (id === undefined) return undefined
  const connection = await connections.find(id)
  if (connection === undefined) throw new Failure('connection_unknown', 'Identity connection does not exist.')
  return connection.name
}

function unsupported(message: string): Failure {
  return new Failure('operation_unsupported', message)
}
