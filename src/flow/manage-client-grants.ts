import { Failure } from '../domain/failure.ts'
import { newClientGrantId } from '../domain/ids.ts'
import { Refusal } from '../domain/refusal.ts'
import type { ClientGrant, ClientGrantStore } from '../tokens/client-store.ts'
import { ALL_SCOPES } from '../tokens/scopes.ts'
import type { Tokens } from '../tokens/tokens.ts'

export interface ManageClientGrantsDeps {
  readonly clientGrants: ClientGrantStore
  readonly tokens: Pick<Tokens, 'audience'>
}

type HasGrants = Pick<ManageClientGrantsDeps, 'clientGrants'>

export interface ClientGrantFilter {
  readonly audience?: string
  readonly client_id?: string
}

/** In the order in which they were created. All grants are for this API, so another audience has none. */
export async function listClientGrants(
  filter: ClientGrantFilter,
  { clientGrants, tokens }: ManageClientGrantsDeps,
): Promise<readonly ClientGrant[]> {
  if (filter.audience !== undefined && filter.audience !== tokens.audience) return []
  const all = await clientGrants.list()
  return filter.client_id === undefined ? all : all.filter((grant) => grant.clientId === filter.client_id)
}

export async function findClientGrant(id: string, { clientGrants }: HasGrants): Promise<ClientGrant> {
  return (await clientGrants.find(id)) ?? unknownGrant()
}

export interface ClientGrantOrder {
  readonly clientId: string
  readonly audience: string
  readonly scope: readonly string[]
}

/** Fails with `body_invalid`, `resource_server_not_found`, `client_not_found` or `client_grant_exists`. */
export async function addClientGrant(
  { clientId, audience, scope }: ClientGrantOrder,
  { clientGrants, tokens }: ManageClientGrantsDeps,
): Promise<ClientGrant> {
  if (audience !== tokens.audience) {
    throw new Failure(
      'resource_server_not_found',
      `No resource with identifier ${audience.slice(0, 200)}: expected ${tokens.audience}`,
    )
  }
  const grant = { id: newClientGrantId(), clientId, scope: knownScope(scope) }
  const refusal = await clientGrants.add(grant)
  if (refusal === 'client_unknown') throw new Failure('client_not_found', 'Client not found.')
  if (refusal === undefined) return grant
  throw new Failure(
    'client_grant_exists',
    `A client grant already exists between ${clientId} and ${audience}`,
  )
}

/** Tokens that were issued before keep their scopes. Fails with `client_grant_not_found`. */
export async function changeClientGrant(
  id: string,
  scope: readonly string[] | undefined,
  { clientGrants }: HasGrants,
): Promise<ClientGrant> {
  if (scope === undefined) return findClientGrant(id, { clientGrants })
  return (await clientGrants.setScope(id, knownScope(scope))) ?? unknownGrant()
}

function knownScope(scope: readonly string[]): readonly string[] {
  const unknown = scope.filter((name) => !ALL_SCOPES.includes(name))
  if (unknown.length === 0) return [...new Set(scope)]
  throw new Refusal('body_invalid', {
    problem: `Scopes that this API does not have: ${unknown.join(', ').slice(0, 500)}`,
    property: 'scope',
    about: 'Scopes allowed for this client grant',
  })
}

function unknownGrant(): never {
  throw new Failure('client_grant_not_found', 'The grant does not exist.')
}
