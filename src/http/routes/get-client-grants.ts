import { listClientGrants, type ManageClientGrantsDeps } from '../../flow/manage-client-grants.ts'
import { open, text } from '../../schema/build.ts'
import type { ClientGrant } from '../../tokens/client-store.ts'
import { type AtPublicUrl, defineRoute } from '../define-route.ts'
import { pageOf, pagingProperties, renderPage } from '../paged-list.ts'
import { CLIENT_GRANT, type GrantedBy, renderClientGrant } from '../render-client-grant.ts'

const LIST_QUERY = open([], {
  ...pagingProperties,
  audience: text('Optional filter on audience.'),
  client_id: text('Optional filter on client_id.'),
})

export const getClientGrants = defineRoute({
  method: 'GET',
  path: '/api/v2/client-grants',
  operationId: 'get_client-grants',
  summary: 'List grants',
  scopes: ['read:client_grants'],
  query: LIST_QUERY,
  answers: { 200: { description: 'The grants.', ...pageOf('client_grants', CLIENT_GRANT) } },
  handle: async ({ query, request, reply }, deps: ManageClientGrantsDeps & GrantedBy & AtPublicUrl) => {
    const list = {
      member: 'client_grants',
      all: await listClientGrants(query, deps),
      idOf: (grant: ClientGrant) => grant.id,
      show: (grant: ClientGrant) => renderClientGrant(grant, deps),
    }
    const parameters = LIST_QUERY.properties
    return renderPage(list, query, { request, reply, parameters, publicUrl: deps.publicUrl })
  },
})
