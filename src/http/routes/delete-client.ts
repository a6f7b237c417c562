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
  // Recorded: a client that is deleted twice is 204 twice.
  answers: { 204: 'The client does not exist any more.' },
  handle: async ({ params }, { clients }: Pick<ManageClientsDeps, 'clients'>) => {
    await clients.remove(params.id)
  },
})
