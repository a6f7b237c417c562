import { changeClientGrant, type ManageClientGrantsDeps } from '../../flow/manage-client-grants.ts'
import { closed } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'
import {
  CLIENT_GRANT,
  CLIENT_GRANT_ID,
  FIXED_GRANT_MEMBERS,
  GRANT_SCOPE,
  type GrantedBy,
  renderClientGrant,
} from '../render-client-grant.ts'

export const patchClientGrant = defineRoute({
  method: 'PATCH',
  path: '/api/v2/client-grants/{id}',
  operationId: 'patch_client-grants_by_id',
  summary: 'Replace the scopes of a grant',
  scopes: ['update:client_grants'],
  params: { id: CLIENT_GRANT_ID },
  body: closed([], { scope: GRANT_SCOPE, ...FIXED_GRANT_MEMBERS }),
  answers: { 200: { description: 'The grant.', ...CLIENT_GRANT }, 404: 'The grant does not exist.' },
  handle: async ({ params, body }, deps: ManageClientGrantsDeps & GrantedBy) =>
    renderClientGrant(await changeClientGrant(params.id, body.scope, deps), deps),
})
