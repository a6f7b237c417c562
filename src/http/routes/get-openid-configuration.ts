import { open, TEXT } from '../../schema/build.ts'
import { type AtPublicUrl, defineRoute, type Shape } from '../define-route.ts'

const DOCUMENT: Shape = {
  schema: open(['issuer', 'token_endpoint', 'jwks_uri'], {
    issuer: TEXT,
    token_endpoint: TEXT,
    jwks_uri: TEXT,
  }),
  example: {
    issuer: 'https://muster.example/',
    token_endpoint: 'https://muster.example/oauth/token',
    jwks_uri: 'https://muster.example/.well-known/jwks.json',
  },
}

/** Token libraries find the other URLs here (OpenID Connect Discovery 1.0). */
export const getOpenidConfiguration = defineRoute({
  method: 'GET',
  path: '/.well-known/openid-configuration',
  operationId: 'get_discovery',
  summary: 'Get the OpenID Connect discovery document',
  answers: { 200: { description: 'The document.', ...DOCUMENT } },
  handle: async (_call, { publicUrl }: AtPublicUrl) => ({
    issuer: `${publicUrl}/`,
    token_endpoint: `${publicUrl}/oauth/token`,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    // Some libraries require these members, although Muster has no login.
    authorization_endpoint: `${publicUrl}/authorize`,
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    request_uri_parameter_supported: false,
    request_parameter_supported: false,
  }),
})
