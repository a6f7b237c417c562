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
 * Sees to it that somebody can ask for tokens. A client given in the settings is there after every start, with
 * that secret and all scopes, whatever became of it; without one, a start that finds no client at all makes one
 * and returns it, to be shown this once. Of starts at the same time one makes it.
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
