import { closed, list, TEXT, text } from '../schema/build.ts'
import type { ClientGrant } from '../tokens/client-store.ts'
import type { Tokens } from '../tokens/tokens.ts'
import type { Shape } from './define-route.ts'

export const CLIENT_GRANT_ID = text('ID of the grant.')

export const CLIENT_GRANT: Shape = {
  schema: {
    title: 'ClientGrant',
    ...closed(['id', 'client_id', 'audience', 'scope', 'subject_type'], {
      id: CLIENT_GRANT_ID,
      client_id: text('ID of the client.'),
      audience: text('The identifier of this API.'),
      scope: list('The scopes that the client may ask for.', TEXT),
      subject_type: { type: 'string', enum: ['client'] },
    }),
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

/** Auth0 has these members. Each has one possible value here, since only clients get tokens from Muster. */
export const FIXED_GRANT_MEMBERS = {
  organization_usage: { type: 'string', enum: ['deny'] },
  allow_any_organization: { type: 'boolean', enum: [false] },
  allow_all_scopes: { type: 'boolean', enum: [false] },
} as const

export const GRANT_SCOPE = list('Scopes allowed for this client grant.', { type: 'string', minLength: 1 })
