import type { JsonObject } from '../domain/json.ts'

/**
 * The values are those of a new client at Auth0, seen in answers of a tenant there. Auth0's documentation names the
 * default grant types for public and for confidential clients.
 */
export function newClientSettings(asked: JsonObject): JsonObject {
  return {
    is_first_party: true,
    is_token_endpoint_ip_header_trusted: false,
    oidc_conformant: false,
    jwt_configuration: { secret_encoded: false, lifetime_in_seconds: 36_000 },
    sso_disabled: false,
    cross_origin_authentication: false,
    grant_types: isPublic(asked) ? USER_GRANTS : [...USER_GRANTS, CLIENT_CREDENTIALS],
    custom_login_page_on: true,
    refresh_token: {
      rotation_type: 'non-rotating',
      expiration_type: 'non-expiring',
      leeway: 0,
      token_lifetime: 2_592_000,
      infinite_token_lifetime: true,
      infinite_idle_token_lifetime: true,
      idle_token_lifetime: 1_296_000,
    },
    ...asked,
  }
}

export const CLIENT_CREDENTIALS = 'client_credentials'
const USER_GRANTS = ['authorization_code', 'implicit', 'refresh_token']

/** Given also to a first client that exists: without the client credentials grant it could not get a token. */
export const MACHINE_SETTINGS: JsonObject = {
  app_type: 'non_interactive',
  token_endpoint_auth_method: 'client_secret_post',
  grant_types: [CLIENT_CREDENTIALS],
}

/** RFC 6749, 4.4: only confidential clients may use this grant. */
export function mayUseClientCredentials(settings: JsonObject): boolean {
  const { grant_types: grantTypes } = settings
  return !isPublic(settings) && Array.isArray(grantTypes) && grantTypes.includes(CLIENT_CREDENTIALS)
}

function isPublic(settings: JsonObject): boolean {
  return settings['token_endpoint_auth_method'] === 'none'
}
