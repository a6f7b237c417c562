import { open, TEXT } from '../../schema/build.ts'
import { defineRoute, type Shape } from '../define-route.ts'

const KEYS: Shape = {
  schema: open(['keys'], {
    keys: { type: 'array', items: open(['kty'], { kty: TEXT, kid: TEXT, alg: TEXT, use: TEXT }) },
  }),
  example: { keys: [{ kty: 'RSA', kid: 'a1', alg: 'RS256', use: 'sig', n: 'AQAB', e: 'AQAB' }] },
}

export const getJwks = defineRoute({
  method: 'GET',
  path: '/.well-known/jwks.json',
  operationId: 'get_jwks',
  summary: 'Get the public keys that verify tokens and receipts (RFC 7517)',
  answers: { 200: { description: 'The keys.', ...KEYS } },
  handle: async (_call, { publishedKeys }: { readonly publishedKeys: () => readonly object[] }) => ({
    keys: publishedKeys(),
  }),
})
