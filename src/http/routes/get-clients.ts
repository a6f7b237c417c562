import { invalidQuery } from '../../domain/refusal.ts'
import { listClients, type ManageClientsDeps } from '../../flow/manage-clients.ts'
import { boolean, open, text } from '../../schema/build.ts'
import type { Client } from '../../tokens/client-store.ts'
import { type AtPublicUrl, defineRoute } from '../define-route.ts'
import { pageOf, pagingProperties, renderPage } from '../paged-list.ts'
import { CLIENT, selectedClient, type Tenancy } from '../render-client.ts'
import { fieldSelectionProperties, partOf } from '../select-fields.ts'

const LIST_QUERY = open([], {
  ...fieldSelectionProperties,
  ...pagingProperties,
  // A client that wants the total alone asks for 0.
  per_page: { ...pagingProperties.per_page, minimum: 0 },
  is_global: boolean('Whether the client is the global client. Muster has none, so `true` finds no client.'),
  is_first_party: boolean('Only clients that are, or are not, first-party.'),
  app_type: text('Only these application types, with commas between them.'),
  q: text('A search. Not supported: Muster refuses the request.'),
})

export const getClients = defineRoute({
  method: 'GET',
  path: '/api/v2/clients',
  operationId: 'get_clients',
  summary: 'List clients',
  scopes: ['read:clients'],
  query: LIST_QUERY,
  answers: { 200: { description: 'The clients.', ...pageOf('clients', partOf(CLIENT)) } },
  handle: async ({ query, request, reply }, deps: ManageClientsDeps & Tenancy & AtPublicUrl) => {
    // If `q` were ignored, the answer would list clients that do not match.
    if (query.q !== undefined) throw invalidQuery('Clients cannot be searched, only filtered', 'q')
    const list = {
      member: 'clients',
      all: await listClients(query, deps),
      idOf: (client: Client) => client.clientId,
      show: (client: Client) => selectedClient(client, query, deps),
    }
    const parameters = LIST_QUERY.properties
    return renderPage(list, query, { request, reply, parameters, publicUrl: deps.publicUrl })
  },
})
