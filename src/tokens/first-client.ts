import type { Clock } from '../domain/clock.ts'
import { newClientId, newClientSecret } from '../domain/ids.ts'
import type { ClientStore } from './client-store.ts'
import { ALL_SCOPES } from './scopes.ts'
import { hashSecret } from './secret-hash.ts'

export interface ClientSecret {
  readonly id: string
  readonly secret: string
}

/**
 * Sees to it that somebody can ask for tokens. A client given in the settings is there with that secret after
 * every start; without one, the first start makes a client and returns it, to be shown this once.
 */
export async function ensureFirstClient(
  clients: ClientStore,
  given: ClientSecret | undefined,
  clock: Clock,
): Promise<ClientSecret | undefined> {
  if (given === undefined && !(await clients.isEmpty())) return undefined
  const { id, secret } = given ?? { id: newClientId(), secret: newClientSecret() }
  const client = { clientId: id, secretHash: await hashSecret(secret), scope: ALL_SCOPES }
  await clients.put(client, 'First client', clock.now())
  return given === undefined ? { id, secret } : undefined
}
