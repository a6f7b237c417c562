import type { ClientGrant } from '../tokens/client-store.ts'
import type { Tokens } from '../tokens/tokens.ts'
import type { Shape } from './define-route.ts'

export const CLIENT_GRANT_ID = { type: 'string', description: 'ID of the grant.' } as const

export const CLIENT_GRANT: Shape = {
  schema: {
    title: 'ClientGrant',
    type: 'object',
    additionalProperties: false,
    required: ['id', 'client_id', 'audience', 'scope', 'subject_type'],
    properties: {
      id: CLIENT_GRANT_ID,
      client_id: { type: 'string', description: 'ID of the client.' },
      audience: { type: 'string', description: 'The identifier of this API.' },
      scope: {
        type: 'array',
        description: 'The scopes that the client may ask for.',
        items: { type: 'string' },
      },
      subject_type: { type: 'string', enum: ['client'] },
    },
  },
  example: {
    id: 'cgr_0000000000000001',
    client_id: '0123456789abcdefghijABCDEFGHIJ01',
    audience: 'https://muster.example/api/v2/',
    scope: ['read:users'],
    subject_type: 'client',
  },
}

export interface GrantedBy {
  readonly tokens: Pick<Tokens, 'audience'>
}

export function renderClientGrant({ id, clientId, scope }: ClientGrant, { tokens }: GrantedBy) {
  return { id, client_id: clientId, audience: tokens.audience, scope, subject_type: 'client' }
}

/**
 * Auth0 allows these members. Each has one possible value here, since neither organizations nor users get tokens from
 * Muster.
 */
export const FIXED_GRANT_MEMBERS = {
  organization_usage: { type: 'string', enum: ['deny'] },
  allow_any_organization: { type: 'boolean', enum: [false] },
  allow_all_scopes: { type: 'boolean', enum: [false] },
} as const

export const GRANT_SCOPE = {
  type: 'array',
  description: 'Scopes allowed for this client grant.',
  items: { type: 'string', minLength: 1 },
} as const
