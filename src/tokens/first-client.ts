import type { Clock } from '../domain/clock.ts'
import { newClientId, newClientSecret } from '../domain/ids.ts'
import { MACHINE_SETTINGS, newClientSettings } from './client-settings.ts'
import type { ClientStore } from './client-store.ts'
import { ALL_SCOPES } from './scopes.ts'
import { hashSecret } from './secret-hash.ts'

export interface ClientSecret {
  readonly id: string
  readonly secret: string
}

/**
 * Sees to it that somebody can ask for tokens. A client given in the settings is there after every start, with
 * that secret and all scopes, whatever became of it; without one, a start that finds no client at all makes one
 * and returns it, to be shown this once.
 */
export async function ensureFirstClient(
  clients: ClientStore,
  given: ClientSecret | undefined,
  clock: Clock,
): Promise<ClientSecret | undefined> {
  if (given === undefined && !(await clients.isEmpty())) return undefined
  const { id, secret } = given ?? { id: newClientId(), secret: newClientSecret() }
  const now = clock.now()
  const known = await clients.find(id)
  await clients.put({
    client: {
      clientId: id,
      name: 'First client',
      settings: known === undefined ? newClientSettings(MACHINE_SETTINGS) : MACHINE_SETTINGS,
      createdAt: now,
      updatedAt: now,
    },
    secretHash: await hashSecret(secret),
    scope: ALL_SCOPES,
  })
  return given === undefined ? { id, secret } : undefined
}
