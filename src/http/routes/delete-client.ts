import type { ManageClientsDeps } from '../../flow/manage-clients.ts'
import { defineRoute } from '../define-route.ts'
import { CLIENT_ID } from '../render-client.ts'

export const deleteClient = defineRoute({
  method: 'DELETE',
  path: '/api/v2/clients/{id}',
  operationId: 'delete_clients_by_id',
  summary: 'Delete a client and its grants',
  scopes: ['delete:clients'],
  params: { id: CLIENT_ID },
  // No 404: at Auth0 a second delete of the same client is also 204.
  answers: { 204: 'The client no longer exists.' },
  handle: async ({ params }, { clients }: Pick<ManageClientsDeps, 'clients'>) => {
    await clients.remove(params.id)
  },
})
