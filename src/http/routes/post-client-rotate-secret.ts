import { type ManageClientsDeps, rotateSecret } from '../../flow/manage-clients.ts'
import { defineRoute } from '../define-route.ts'
import { CLIENT_ID, CLIENT_WITH_SECRET, renderClientWithSecret, type Tenancy } from '../render-client.ts'

export const postClientRotateSecret = defineRoute({
  method: 'POST',
  path: '/api/v2/clients/{id}/rotate-secret',
  operationId: 'post_rotate_secret',
  summary: 'Give a client a new secret',
  scopes: ['update:client_keys'],
  params: { id: CLIENT_ID },
  answers: {
    200: {
      description: 'The client with its new secret. Only this answer has the secret.',
      ...CLIENT_WITH_SECRET,
    },
    404: 'The client does not exist.',
  },
  handle: async ({ params }, deps: ManageClientsDeps & Tenancy) =>
    renderClientWithSecret(await rotateSecret(params.id, deps), deps),
})
