import { addClient, type ManageClientsDeps } from '../../flow/manage-clients.ts'
import { clientOrderOf } from '../client-order.ts'
import { createClientSchema } from '../client-schema.ts'
import { defineRoute } from '../define-route.ts'
import { CLIENT_WITH_SECRET, renderClientWithSecret, type Tenancy } from '../render-client.ts'

export const postClients = defineRoute({
  method: 'POST',
  path: '/api/v2/clients',
  operationId: 'post_clients',
  summary: 'Create a client',
  scopes: ['create:clients'],
  body: createClientSchema,
  answers: {
    201: {
      description: 'The client with its secret. Only this answer has the secret.',
      ...CLIENT_WITH_SECRET,
    },
  },
  handle: async ({ body }, deps: ManageClientsDeps & Tenancy) =>
    renderClientWithSecret(await addClient(clientOrderOf(body), deps), deps),
})
