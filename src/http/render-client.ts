import type { ClientWithSecret } from '../flow/manage-clients.ts'
import { boolean, closed, TEXT, text } from '../schema/build.ts'
import type { Client } from '../tokens/client-store.ts'
import { clientSettings } from './client-schema.ts'
import type { Shape } from './define-route.ts'
import { type FieldSelection, selectFields } from './select-fields.ts'

export const CLIENT_ID = text('ID of the client.')

export const CLIENT: Shape = {
  schema: {
    title: 'Client',
    ...closed(['tenant', 'global', 'name', 'client_id'], {
      tenant: text('The name of the tenant.'),
      global: boolean('Always false.'),
      name: text('The name of the client.'),
      grant_types: { type: 'array', items: TEXT },
      ...clientSettings,
      client_id: CLIENT_ID,
      created_at: text('ISO 8601.'),
      updated_at: text('ISO 8601.'),
    }),
  },
  example: {
    tenant: 'acme',
    global: false,
    name: 'Backup',
    grant_types: ['client_credentials'],
    client_id: '0123456789abcdefghijABCDEFGHIJ01',
    created_at: '2026-01-31T12:00:00.000Z',
    updated_at: '2026-01-31T12:00:00.000Z',
  },
}

export const CLIENT_WITH_SECRET: Shape = {
  schema: {
    ...CLIENT.schema,
    title: 'ClientWithSecret',
    properties: { ...(CLIENT.schema['properties'] as object), client_secret: TEXT },
  },
  example: { ...(CLIENT.example as object), client_secret: 'a-secret-that-is-shown-only-here' },
}

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

/** Muster stores only the hash of a secret. So only the answer to the request that makes a secret can show it. */
export function renderClientWithSecret({ client, secret }: ClientWithSecret, tenancy: Tenancy) {
  return { ...renderClient(client, tenancy), client_secret: secret }
}

/** Auth0 includes `tenant` even if `fields` does not name it. */
export function selectedClient(client: Client, query: FieldSelection, tenancy: Tenancy) {
  const kept = selectFields(renderClient(client, tenancy), query)
  return query.include_fields === false ? kept : { tenant: tenancy.tenant, ...kept }
}
