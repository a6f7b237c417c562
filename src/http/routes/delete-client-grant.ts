import type { ManageClientGrantsDeps } from '../../flow/manage-client-grants.ts'
import { defineRoute } from '../define-route.ts'
import { CLIENT_GRANT_ID } from '../render-client-grant.ts'

export const deleteClientGrant = defineRoute({
  method: 'DELETE',
  path: '/api/v2/client-grants/{id}',
  operationId: 'delete_client-grants_by_id',
  summary: 'Delete a grant',
  scopes: ['delete:client_grants'],
  params: { id: CLIENT_GRANT_ID },
  // No 404: Auth0 documents none for this endpoint.
  answers: { 204: 'The grant no longer exists.' },
  handle: async ({ params }, { clientGrants }: Pick<ManageClientGrantsDeps, 'clientGrants'>) => {
    await clientGrants.remove(params.id)
  },
})
