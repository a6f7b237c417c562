import type { Clock } from '../domain/clock.ts'
import { newClientId, newClientSecret } from '../domain/ids.ts'
import type { JsonObject } from '../domain/json.ts'
import type { ClientSecrets } from './client-secrets.ts'
import { MACHINE_SETTINGS, newClientSettings } from './client-settings.ts'
import type { ClientAccess, ClientStore } from './client-store.ts'
import { ALL_SCOPES } from './scopes.ts'
import { hashMadeSecret } from './secret-hash.ts'

export interface ClientSecret {
  readonly id: string
  readonly secret: string
}

export interface FirstClientDeps {
  readonly clients: Pick<ClientStore, 'find' | 'isEmpty' | 'put' | 'addFirst'>
  readonly clientSecrets: ClientSecrets
  readonly clock: Clock
}

/**
 * Without a client nobody could get a token.
 * 1. A client in the settings exists after every start, with this secret and all scopes.
 * 2. Without one in the settings, a start that finds no client creates one and returns it. Its secret is
 * shown only then, because only its hash is stored.
 */
export async function ensureFirstClient(
  given: ClientSecret | undefined,
  deps: FirstClientDeps,
): Promise<ClientSecret | undefined> {
  if (given === undefined) return makeFirstClient(deps)
  const { clients, clientSecrets, clock } = deps
  const isKnown = (await clients.find(given.id)) !== undefined
  const settings = isKnown ? MACHINE_SETTINGS : newClientSettings(MACHINE_SETTINGS)
  const secretHash = await clientSecrets.hash(given.secret)
  await clients.put(firstAccess({ clientId: given.id, settings, secretHash }, clock.now()))
  return undefined
}

async function makeFirstClient({ clients, clock }: FirstClientDeps): Promise<ClientSecret | undefined> {
  if (!(await clients.isEmpty())) return undefined
  const made = { id: newClientId(), secret: newClientSecret() }
  const settings = newClientSettings(MACHINE_SETTINGS)
  const order = { clientId: made.id, settings, secretHash: hashMadeSecret(made.secret) }
  return (await clients.addFirst(firstAccess(order, clock.now()))) ? made : undefined
}

function firstAccess(
  { clientId, settings, secretHash }: { clientId: string; settings: JsonObject; secretHash: string },
  now: Date,
): ClientAccess {
  const client = { clientId, name: 'First client', settings, createdAt: now, updatedAt: now }
  return { client, secretHash, scope: ALL_SCOPES }
}
