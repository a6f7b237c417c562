import { findClient, type ManageClientsDeps } from '../../flow/manage-clients.ts'
import { defineRoute } from '../define-route.ts'
import { CLIENT, CLIENT_ID, selectedClient, type Tenancy } from '../render-client.ts'
import { FIELD_SELECTION, partOf } from '../select-fields.ts'

export const getClient = defineRoute({
  method: 'GET',
  path: '/api/v2/clients/{id}',
  operationId: 'get_clients_by_id',
  summary: 'Get a client, without its secret',
  scopes: ['read:clients'],
  params: { id: CLIENT_ID },
  query: FIELD_SELECTION,
  answers: { 200: { description: 'The client.', ...partOf(CLIENT) }, 404: 'The client does not exist.' },
  handle: async ({ params, query }, deps: ManageClientsDeps & Tenancy) =>
    selectedClient(await findClient(params.id, deps), query, deps),
})
