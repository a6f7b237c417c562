import { changeClient, type ManageClientsDeps } from '../../flow/manage-clients.ts'
import { clientOrderOf } from '../client-order.ts'
import { updateClientSchema } from '../client-schema.ts'
import { defineRoute } from '../define-route.ts'
import { requireMemberScopes, WRITE_SCOPES } from '../member-scopes.ts'
import { CLIENT, CLIENT_ID, renderClient, type Tenancy } from '../render-client.ts'

export const patchClient = defineRoute({
  method: 'PATCH',
  path: '/api/v2/clients/{id}',
  operationId: 'patch_clients_by_id',
  summary: 'Change a client',
  scopes: WRITE_SCOPES['patch /api/v2/clients/{id}'].guard,
  params: { id: CLIENT_ID },
  body: updateClientSchema,
  answers: { 200: { description: 'The client.', ...CLIENT }, 404: 'The client does not exist.' },
  handle: async ({ params, body, request }, deps: ManageClientsDeps & Tenancy) => {
    const order = clientOrderOf(body)
    requireMemberScopes('patch /api/v2/clients/{id}', Object.keys(body), request)
    return renderClient(await changeClient(params.id, order, deps), deps)
  },
})
