import type { Connection } from '../domain/connection.ts'
import { Failure } from '../domain/failure.ts'
import { boolean, closed, list, TEXT, text } from '../schema/build.ts'
import type { ClientGrantStore } from '../tokens/client-store.ts'
import type { ConnectionStore } from '../users/connection-store.ts'
import type { Shape } from './define-route.ts'
import { type FieldSelection, selectFields } from './select-fields.ts'

export const CONNECTION_ID = text('ID of the connection.')

export const CONNECTION: Shape = {
  schema: {
    title: 'Connection',
    ...closed(['id', 'options', 'strategy', 'name', 'is_domain_connection', 'realms'], {
      id: CONNECTION_ID,
      options: { type: 'object', description: 'Options of the connection.' },
      strategy: text('The identity provider identifier.'),
      name: text('The name of the connection.'),
      is_domain_connection: boolean('Always false.'),
      enabled_clients: list('Clients that may use the connection: those with a grant for this API.', TEXT),
      realms: list('The name of the connection.', TEXT),
    }),
  },
  example: {
    id: 'con_0000000000000001',
    options: {},
    strategy: 'auth0',
    name: 'Username-Password-Authentication',
    is_domain_connection: false,
    enabled_clients: ['0123456789abcdefghijABCDEFGHIJ01'],
    realms: ['Username-Password-Authentication'],
  },
}

export function renderConnection(connection: Connection, clients: readonly string[]) {
  return {
    id: connection.id,
    options: connection.options,
    strategy: connection.strategy,
    name: connection.name,
    is_domain_connection: false,
    enabled_clients: clients,
    realms: [connection.name],
  }
}

export type RenderedConnection = ReturnType<typeof renderConnection>

/** Auth0 includes `is_domain_connection` even if `fields` does not name it. */
export function selectedConnection(whole: RenderedConnection, query: FieldSelection) {
  const kept: Readonly<Record<string, unknown>> = selectFields(whole, query)
  return query.include_fields === false ? kept : { ...kept, is_domain_connection: whole.is_domain_connection }
}

/** Muster does not enable a connection per client: each client with a grant for this API may use all connections. */
export async function enabledClients(clientGrants: ClientGrantStore): Promise<readonly string[]> {
  return (await clientGrants.list()).map(({ clientId }) => clientId)
}

export interface ConnectionDeps {
  readonly clientGrants: ClientGrantStore
  readonly connections: ConnectionStore
}

/** Fails with `connection_not_found` if `found` is undefined. */
export async function foundConnection(
  found: Connection | undefined,
  { clientGrants }: ConnectionDeps,
): Promise<RenderedConnection> {
  return renderConnection(found ?? unknownConnection(), await enabledClients(clientGrants))
}

export function unknownConnection(): never {
  throw new Failure('connection_not_found', 'The connection does not exist')
}
