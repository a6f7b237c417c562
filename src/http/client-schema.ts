import { closed, TEXT, text } from '../schema/build.ts'
import type { ObjectSchema } from '../schema/type-of.ts'

// All names in this file come from the types of Auth0's SDK. Authentication methods that Muster does not have are
// missing, so that a request with them is refused: a client that asks for keys must not get a secret instead.
const TEXTS = [
  'logo_uri',
  'cross_origin_loc',
  'custom_login_page',
  'custom_login_page_preview',
  'form_template',
  'initiate_login_uri',
  'organization_usage',
  'organization_require_behavior',
  'compliance_level',
  'resource_server_identifier',
  'third_party_security_mode',
  'redirection_policy',
]
const TEXT_LISTS = [
  'callbacks',
  'allowed_origins',
  'web_origins',
  'client_aliases',
  'allowed_clients',
  'allowed_logout_urls',
  'organization_discovery_methods',
  'async_approval_notification_channels',
]
const FLAGS = [
  'is_token_endpoint_ip_header_trusted',
  'is_first_party',
  'oidc_conformant',
  'sso',
  'sso_disabled',
  'cross_origin_auth',
  'cross_origin_authentication',
  'custom_login_page_on',
  'require_pushed_authorization_requests',
  'require_proof_of_possession',
  'skip_non_verifiable_callback_uri_confirmation_prompt',
]
const OBJECTS = [
  'oidc_logout',
  'oidc_backchannel_logout',
  'session_transfer',
  'jwt_configuration',
  'encryption_key',
  'addons',
  'client_metadata',
  'mobile',
  'native_social_login',
  'fedcm_login',
  'refresh_token',
  'default_organization',
  'token_exchange',
  'token_quota',
  'identity_assertion_authorization_grant',
  'anonymous_sessions',
  'express_configuration',
  'b2b_integration_configuration',
  'my_organization_configuration',
]
const APP_TYPES = [
  'native',
  'spa',
  'regular_web',
  'non_interactive',
  'resource_server',
  'express_configuration',
  'rms',
  'box',
  'cloudbees',
  'concur',
  'dropbox',
  'mscrm',
  'echosign',
  'egnyte',
  'newrelic',
  'office365',
  'salesforce',
  'sentry',
  'sharepoint',
  'slack',
  'springcm',
  'zendesk',
  'zoom',
  'sso_integration',
  'oag',
]

interface Rule {
  readonly type: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly maxLength?: number
  readonly items?: object
}

const each = (names: readonly string[], rule: Rule): Record<string, Rule> =>
  Object.fromEntries(names.map((name) => [name, rule]))

const texts = { type: 'array', items: TEXT }

export const clientSettings: Readonly<Record<string, Rule>> = {
  description: text('Free text description of the client.', { maxLength: 140 }),
  app_type: text('The type of application.', { enum: APP_TYPES }),
  token_endpoint_auth_method: text('How the client authenticates at the token endpoint.', {
    enum: ['none', 'client_secret_post', 'client_secret_basic'],
  }),
  par_request_expiry: { type: 'integer' },
  ...each(TEXTS, TEXT),
  ...each(TEXT_LISTS, texts),
  ...each(FLAGS, { type: 'boolean' }),
  ...each(OBJECTS, { type: 'object' }),
}

// In an update null removes a setting, as at Auth0.
const unsettable = Object.fromEntries(
  Object.entries(clientSettings).map(([name, rule]) => [
    name,
    {
      ...rule,
      type: [rule.type, 'null'],
      ...(rule.enum === undefined ? {} : { enum: [...rule.enum, null] }),
    },
  ]),
)

const lasting = {
  name: text('The name of the client. Must contain at least one character. Does not allow < or >.', {
    minLength: 1,
    pattern: '^[^<>]+$',
  }),
  client_secret: text('The secret of the client. If absent, Muster generates one. Only its hash is stored.', {
    minLength: 16,
    maxLength: 128,
  }),
  grant_types: { ...texts, description: 'A set of grant types that the client is authorized to use.' },
}

export const createClientSchema: ObjectSchema = closed(['name'], { ...lasting, ...clientSettings })

export const updateClientSchema: ObjectSchema = closed([], { ...lasting, ...unsettable })
