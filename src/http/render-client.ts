import type { ClientWithSecret } from '../flow/manage-clients.ts'
import type { Client } from '../tokens/client-store.ts'
import { type FieldSelection, selectFields } from './select-fields.ts'

export const CLIENT_ID = { type: 'string', description: 'ID of the client.' } as const

/** What a rendered client shows beside the client itself. */
export interface Tenancy {
  readonly tenant: string
}

export function renderClient(client: Client, { tenant }: Tenancy): Record<string, unknown> {
  return {
    tenant,
    global: false,
    name: client.name,
    ...client.settings,
    client_id: client.clientId,
    created_at: client.createdAt,
    updated_at: client.updatedAt,
  }
}

/** A secret is shown when it is made and never again: it is kept as a hash. */
export function renderClientWithSecret(
  { client, secret }: ClientWithSecret,
  tenancy: Tenancy,
): Record<string, unknown> {
  return { ...renderClient(client, tenancy), client_secret: secret }
}

/** Recorded: `tenant` comes whatever fields are asked for. */
export function selectedClient(
  client: Client,
  query: FieldSelection,
  tenancy: Tenancy,
): Readonly<Record<string, unknown>> {
  const kept = selectFields(renderClient(client, tenancy), query)
  return query.include_fields === false ? kept : { tenant: tenancy.tenant, ...kept }
}
