import type { FastifyInstance } from 'fastify'

export interface DiscoveryDeps {
  /** Without a slash at the end. */
  readonly publicUrl: string
  readonly jwk: object
}

/** What tells token libraries where to look: discovery (OpenID Connect Discovery 1.0) and keys (RFC 7517). */
export function discoveryRoutes(app: FastifyInstance, { publicUrl, jwk }: DiscoveryDeps): void {
  app.get('/.well-known/jwks.json', async () => ({ keys: [jwk] }))
  app.get('/.well-known/openid-configuration', async () => ({
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
  }))
}

const ok = { responses: { '200': { description: 'The document.' } }, security: [] }

export const discoveryPaths = {
  '/.well-known/jwks.json': { get: { operationId: 'get_jwks', summary: 'The keys that sign tokens', ...ok } },
  '/.well-known/openid-configuration': {
    get: { operationId: 'get_discovery', summary: 'Discovery document', ...ok },
  },
}
