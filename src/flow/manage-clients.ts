import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { newClientId, newClientSecret } from '../domain/ids.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { ClientSecrets } from '../tokens/client-secrets.ts'
import { newClientSettings } from '../tokens/client-settings.ts'
import type { Client, ClientStore } from '../tokens/client-store.ts'
import { hashMadeSecret } from '../tokens/secret-hash.ts'

export interface ManageClientsDeps {
  readonly clients: ClientStore
  readonly clientSecrets: ClientSecrets
  readonly clock: Clock
}

type HasClients = Pick<ManageClientsDeps, 'clients'>

/** Muster stores only the hash of the secret, so nobody can get the secret later. */
export interface ClientWithSecret {
  readonly client: Client
  readonly secret: string
}

export interface ClientFilter {
  readonly is_global?: boolean
  readonly is_first_party?: boolean
  readonly app_type?: string
}

/** In the order in which they were created, so that pages do not change. Muster has no global client. */
export async function listClients(filter: ClientFilter, { clients }: HasClients): Promise<readonly Client[]> {
  if (filter.is_global === true) return []
  const appTypes = filter.app_type?.split(',')
  const all = await clients.list()
  return all.filter(
    ({ settings }) =>
      (filter.is_first_party === undefined ||
        (settings['is_first_party'] ?? true) === filter.is_first_party) &&
      (appTypes === undefined || appTypes.includes(String(settings['app_type']))),
  )
}

export async function findClient(clientId: string, { clients }: HasClients): Promise<Client> {
  return (await clients.find(clientId)) ?? unknownClient()
}

export interface ClientOrder {
  readonly name?: string | undefined
  readonly secret?: string | undefined
  readonly settings: JsonObject
}

/** The new client has no grant, so it gets no tokens yet. */
export async function addClient(order: ClientOrder, deps: ManageClientsDeps): Promise<ClientWithSecret> {
  const { name = '', settings: asked } = order
  const { secret, secretHash } = await secretOf(order.secret, deps)
  const now = deps.clock.now()
  const settings = newClientSettings(asked)
  const client = { clientId: newClientId(), name, settings, createdAt: now, updatedAt: now }
  await deps.clients.add(client, secretHash)
  return { client, secret }
}

/**
 * Keeps what the patch does not name. Null removes a setting. `client_metadata` is merged on its first level, as at
 * Auth0. Fails with `client_not_found` or `hashes_too_many`.
 */
export async function changeClient(
  clientId: string,
  { secret, ...change }: Partial<ClientOrder>,
  deps: ManageClientsDeps,
): Promise<Client> {
  const secretHash = secret === undefined ? undefined : await deps.clientSecrets.hash(secret)
  return changeTo(clientId, { ...change, secretHash }, deps)
}

interface Change extends Partial<Omit<ClientOrder, 'secret'>> {
  readonly secretHash: string | undefined
}

async function changeTo(
  clientId: string,
  { name, settings = {}, secretHash }: Change,
  { clients, clock }: Pick<ManageClientsDeps, 'clients' | 'clock'>,
): Promise<Client> {
  const changed = await clients.change(clientId, (present) => ({
    client: {
      ...present,
      name: name ?? present.name,
      settings: merged(present.settings, settings),
      updatedAt: clock.now(),
    },
    secretHash,
  }))
  return changed ?? unknownClient()
}

/** The old secret is refused from then on. Fails with `client_not_found`. */
export async function rotateSecret(clientId: string, deps: ManageClientsDeps): Promise<ClientWithSecret> {
  const { secret, secretHash } = await secretOf(undefined, deps)
  return { client: await changeTo(clientId, { secretHash }, deps), secret }
}

async function secretOf(
  chosen: string | undefined,
  { clientSecrets }: Pick<ManageClientsDeps, 'clientSecrets'>,
): Promise<{ secret: string; secretHash: string }> {
  if (chosen !== undefined) return { secret: chosen, secretHash: await clientSecrets.hash(chosen) }
  const secret = newClientSecret()
  return { secret, secretHash: hashMadeSecret(secret) }
}

const METADATA = 'client_metadata'

function merged(present: JsonObject, patch: JsonObject): JsonObject {
  const [known, given] = [present[METADATA], patch[METADATA]]
  if (!isJsonObject(given)) return layered(present, patch)
  return layered(present, { ...patch, [METADATA]: layered(isJsonObject(known) ? known : {}, given) })
}

function layered(below: JsonObject, above: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries({ ...below, ...above }).filter(([, value]) => value !== null))
}

function unknownClient(): never {
  throw new Failure('client_not_found', 'Client not found.')
}
