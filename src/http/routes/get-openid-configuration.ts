import { defineRoute } from '../define-route.ts'

interface GetOpenidConfigurationDeps {
  /** Without a slash at the end. */
  readonly publicUrl: string
}

/** Where token libraries find the rest (OpenID Connect Discovery 1.0). */
export const getOpenidConfiguration = defineRoute({
  method: 'GET',
  path: '/.well-known/openid-configuration',
  operationId: 'get_discovery',
  summary: 'Discovery document',
  answers: { 200: 'The document.' },
  handle: async (_call, { publicUrl }: GetOpenidConfigurationDeps) => ({
    issuer: `${publicUrl}/`,
    token_endpoint: `${publicUrl}/oauth/token`,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    // Required members of the document, for libraries that insist; Muster logs nobody in.
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
