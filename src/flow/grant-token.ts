import { Failure } from '../domain/failure.ts'
import { findUnstorable } from '../domain/json.ts'
import type { ClientSecrets } from '../tokens/client-secrets.ts'
import { CLIENT_CREDENTIALS, mayUseClientCredentials } from '../tokens/client-settings.ts'
import type { ClientStore } from '../tokens/client-store.ts'
import type { Tokens } from '../tokens/tokens.ts'

export interface GrantTokenDeps {
  readonly clients: Pick<ClientStore, 'findAccess'>
  readonly tokens: Tokens
  readonly clientSecrets: ClientSecrets
}

export interface TokenRequest {
  readonly grantType?: string | undefined
  readonly clientId?: string | undefined
  readonly clientSecret?: string | undefined
  readonly audience?: string | undefined
  readonly scope?: string | undefined
  readonly address: string
}

export interface TokenGrant {
  readonly accessToken: string
  readonly expiresInSeconds: number
  readonly scope: readonly string[]
}

/**
 * RFC 6749, 4.4, with Auth0's `audience`. Fails with `grant_unsupported`, `token_request_invalid`,
 * `client_unauthorized`, `attempts_too_many`, `hashes_too_many`, `grant_type_refused` or `token_refused`.
 */
export async function grantToken(
  request: TokenRequest,
  { clients, tokens, clientSecrets }: GrantTokenDeps,
): Promise<TokenGrant> {
  const { grantType, clientId, clientSecret, audience } = request
  if (grantType === undefined)
    throw new Failure('token_request_invalid', 'Missing required parameter: grant_type')
  if (grantType !== CLIENT_CREDENTIALS) {
    throw new Failure('grant_unsupported', `Unsupported grant type: ${grantType.slice(0, 100)}`)
  }
  const isSound = clientId !== undefined && findUnstorable(clientId) === undefined
  const access = isSound ? await clients.findAccess(clientId) : undefined
  const attempt = { address: request.address, clientId: clientId ?? '', secret: clientSecret ?? '' }
  const isRight = await clientSecrets.isRight(attempt, access?.secretHash)
  if (access === undefined || !isRight) throw new Failure('client_unauthorized', 'Unauthorized')
  if (!mayUseClientCredentials(access.client.settings)) {
    throw new Failure('grant_type_refused', `Grant type '${CLIENT_CREDENTIALS}' not allowed for the client.`)
  }
  if (audience !== tokens.audience) {
    throw new Failure('token_refused', `Service not enabled within domain: ${audience?.slice(0, 200) ?? ''}`)
  }
  const scope = wantedScope(request.scope, access.scope ?? notGranted(audience))
  const accessToken = await tokens.issue(access.client.clientId, scope)
  return { accessToken, expiresInSeconds: tokens.lifetimeSeconds, scope }
}

function notGranted(audience: string): never {
  throw new Failure(
    'token_refused',
    `Client is not authorized to access "${audience}". You need to create a "client-grant" associated to this API.`,
  )
}

function wantedScope(asked: string | undefined, granted: readonly string[]): readonly string[] {
  const wanted = (asked ?? '').split(' ').filter((scope) => scope !== '')
  if (wanted.length === 0) return granted
  const missing = wanted.filter((scope) => !granted.includes(scope))
  if (missing.length === 0) return wanted
  throw new Failure(
    'token_refused',
    `Client has not been granted scopes: ${missing.join(', ').slice(0, 500)}`,
  )
}
