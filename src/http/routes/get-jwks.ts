import { defineRoute } from '../define-route.ts'

/** Keys by RFC 7517, for token libraries. */
export const getJwks = defineRoute({
  method: 'GET',
  path: '/.well-known/jwks.json',
  operationId: 'get_jwks',
  summary: 'The keys that sign tokens',
  answers: { 200: 'The document.' },
  handle: async (_call, { jwk }: { readonly jwk: object }) => ({ keys: [jwk] }),
})
