import { addSeconds, type Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { CLIENT_CREDENTIALS, mayUseClientCredentials } from '../tokens/client-settings.ts'
import type { ClientStore } from '../tokens/client-store.ts'
import type { SealedTokens } from '../tokens/sealed-tokens.ts'
import type { SignInCode } from '../tokens/sign-in-code.ts'
import { type GrantTokenDeps, grantToken } from './grant-token.ts'

export interface SessionDeps extends GrantTokenDeps {
  readonly clients: Pick<ClientStore, 'findAccess' | 'list'>
  readonly clock: Clock
  readonly sealedTokens: SealedTokens
  readonly signInCode: SignInCode
  /** That of the settings. Undefined if they name none. */
  readonly firstClientId: string | undefined
}

export type SignIn =
  | {
      readonly by: 'secret'
      readonly clientId: string
      readonly clientSecret: string
      readonly address: string
    }
  | { readonly by: 'token'; readonly token: string }
  | { readonly by: 'code'; readonly code: string; readonly address: string }

export interface Session {
  readonly accessToken: string
  readonly expiresAt: Date
  readonly scope: readonly string[]
  readonly clientId: string
  /** What the browser keeps, and for how long. */
  readonly sealed: string
  readonly sealedSeconds: number
}

/** A session ends after this time without use, so that a browser that was left open is signed out. */
const IDLE_SECONDS = 3600

/**
 * Fails as `grantToken`, as Tokens.verify or as SignInCode.take does, or with `token_refused` if the link has no client
 * to sign in.
 */
export async function signIn(order: SignIn, deps: SessionDeps): Promise<Session> {
  switch (order.by) {
    case 'token':
      return sessionOf(order.token.trim(), deps)
    case 'secret':
      return sessionOf(await tokenOfSecret(order, deps), deps)
    case 'code':
      return signInByCode(order, deps)
  }
}

/**
 * The session whose token was sealed, renewed. Undefined if it has ended, or if the API would refuse its token: the key
 * may have been replaced.
 */
export async function resumeSession(sealed: string, deps: SessionDeps): Promise<Session | undefined> {
  const token = await deps.sealedTokens.open(sealed)
  if (token === undefined) return undefined
  try {
    return await sessionOf(token, deps)
  } catch (error) {
    if (error instanceof Failure && error.code === 'token_invalid') return undefined
    throw error
  }
}

async function sessionOf(
  accessToken: string,
  { tokens, sealedTokens, clock }: Pick<SessionDeps, 'tokens' | 'sealedTokens' | 'clock'>,
): Promise<Session> {
  const { clientId, scope, expiresAt } = await tokens.verify(`Bearer ${accessToken}`)
  const now = clock.now()
  const left = Math.floor((expiresAt.getTime() - now.getTime()) / 1000)
  const sealedSeconds = Math.min(IDLE_SECONDS, left)
  const sealed = await sealedTokens.seal(accessToken, addSeconds(now, sealedSeconds))
  return { accessToken, expiresAt, scope, clientId, sealed, sealedSeconds }
}

async function tokenOfSecret(
  { clientId, clientSecret, address }: { clientId: string; clientSecret: string; address: string },
  deps: SessionDeps,
): Promise<string> {
  const grantType = CLIENT_CREDENTIALS
  const asked = { grantType, clientId, clientSecret, address, audience: deps.tokens.audience }
  return (await grantToken(asked, deps)).accessToken
}

async function signInByCode(
  { code, address }: { code: string; address: string },
  deps: SessionDeps,
): Promise<Session> {
  const giveBack = deps.signInCode.take(code, address)
  try {
    const { clientId, scope } = await clientOfLink(deps)
    return await sessionOf(await deps.tokens.issue(clientId, scope), deps)
  } catch (error) {
    // No session was made, so the link may still make one.
    giveBack()
    throw error
  }
}

/** The client of the settings, or the oldest that could get a token by its own secret. */
async function clientOfLink({
  clients,
  firstClientId,
}: SessionDeps): Promise<{ clientId: string; scope: readonly string[] }> {
  const ids =
    firstClientId === undefined ? (await clients.list()).map(({ clientId }) => clientId) : [firstClientId]
  for (const clientId of ids) {
    const access = await clients.findAccess(clientId)
    const mayUse = access !== undefined && mayUseClientCredentials(access.client.settings)
    if (mayUse && access.scope !== undefined) return { clientId, scope: access.scope }
  }
  throw new Failure('token_refused', 'The sign-in link found no client that may get a token.')
}
