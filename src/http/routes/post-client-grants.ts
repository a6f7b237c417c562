import { Failure } from '../../domain/failure.ts'
import { findUnstorable } from '../../domain/json.ts'
import { addClientGrant, type ManageClientGrantsDeps } from '../../flow/manage-client-grants.ts'
import { closed, text } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'
import {
  CLIENT_GRANT,
  FIXED_GRANT_MEMBERS,
  GRANT_SCOPE,
  type GrantedBy,
  renderClientGrant,
} from '../render-client-grant.ts'

const NEW_GRANT = closed(['client_id', 'audience'], {
  client_id: text('ID of the client.', { minLength: 1 }),
  audience: text('The audience (API identifier) of this client grant.', { minLength: 1 }),
  scope: GRANT_SCOPE,
  subject_type: { type: 'string', enum: ['client'] },
  ...FIXED_GRANT_MEMBERS,
})

export const postClientGrants = defineRoute({
  method: 'POST',
  path: '/api/v2/client-grants',
  operationId: 'post_client-grants',
  summary: 'Grant scopes of this API to a client',
  scopes: ['create:client_grants'],
  body: NEW_GRANT,
  answers: {
    201: { description: 'The grant.', ...CLIENT_GRANT },
    404: 'The client or the API does not exist.',
    409: 'The client has a grant already.',
  },
  handle: async ({ body }, deps: ManageClientGrantsDeps & GrantedBy) => {
    const { client_id: clientId, audience, scope = [] } = body
    // No client has such an id, and PostgreSQL would refuse the text.
    if (findUnstorable(clientId) !== undefined) throw new Failure('client_not_found', 'Client not found.')
    return renderClientGrant(await addClientGrant({ clientId, audience, scope }, deps), deps)
  },
})
