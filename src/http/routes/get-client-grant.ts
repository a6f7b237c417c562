import { findClientGrant, type ManageClientGrantsDeps } from '../../flow/manage-client-grants.ts'
import { defineRoute } from '../define-route.ts'
import { CLIENT_GRANT, CLIENT_GRANT_ID, type GrantedBy, renderClientGrant } from '../render-client-grant.ts'

export const getClientGrant = defineRoute({
  method: 'GET',
  path: '/api/v2/client-grants/{id}',
  operationId: 'get_client-grant',
  summary: 'Get a grant',
  scopes: ['read:client_grants'],
  params: { id: CLIENT_GRANT_ID },
  answers: { 200: { description: 'The grant.', ...CLIENT_GRANT }, 404: 'The grant does not exist.' },
  handle: async ({ params }, deps: ManageClientGrantsDeps & GrantedBy) =>
    renderClientGrant(await findClientGrant(params.id, deps), deps),
})
