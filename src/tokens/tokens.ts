import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { addSeconds, type Clock, unixSeconds } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { SigningKey } from './signing-key.ts'

export interface Tokens {
  /** Signs a token for a client. `scope` is what was granted; empty leaves the claim out. */
  issue(clientId: string, scope: readonly string[]): Promise<string>
  /**
   * Checks an Authorization header and returns the token's scopes. Fails with `authentication_missing`,
   * `authentication_malformed` or `token_invalid`.
   */
  verify(authorization: string | undefined): Promise<Bearer>
  readonly lifetimeSeconds: number
  readonly audience: string
  readonly issuer: string
}

/** Who is asking, and what they may. */
export interface Bearer {
  readonly clientId: string
  readonly scope: readonly string[]
}

export interface TokensOptions {
  readonly key: SigningKey
  readonly clock: Clock
  /** Without a slash at the end; issuer and audience are made from it as Auth0 makes them from its domain. */
  readonly publicUrl: string
  readonly lifetimeSeconds: number
}

// About a kilobyte each; nobody has as many clients at work.
const TOKENS_KNOWN_MAX = 1000

/** Management API tokens with the claims of Auth0's own token profile: no `jti`, `aud` one string. */
export function newTokens(options: TokensOptions): Tokens {
  const { key, clock, lifetimeSeconds } = options
  const issuer = `${options.publicUrl}/`
  const audience = `${options.publicUrl}/api/v2/`
  const known = new Map<string, JWTPayload>()
  return {
    issuer,
    audience,
    lifetimeSeconds,
    issue: (clientId, scope) => {
      const now = clock.now()
      const claims = {
        azp: clientId,
        ...(scope.length === 0 ? {} : { scope: scope.join(' ') }),
        gty: 'client-credentials',
      }
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.kid })
        .setIssuer(issuer)
        .setSubject(`${clientId}@clients`)
        .setAudience(audience)
        .setIssuedAt(unixSeconds(now))
        .setExpirationTime(unixSeconds(addSeconds(now, lifetimeSeconds)))
        .sign(key.privateKey)
    },
    verify: async (authorization) => {
      const token = bearerToken(authorization)
      const now = clock.now()
      const payload = known.get(token) ?? (await verified(token, key, now))
      remember(known, token, payload)
      if ((payload.exp ?? 0) <= unixSeconds(now)) throw expired()
      // Not left to jose, which looks at the issuer first and at the time last: whoever holds a token of another
      // deployment is told of the audience, and whoever holds an old one that it is old: the order of Auth0's plugin.
      if (payload.aud !== audience) throw refusal(`Bad audience: ${audience}`, undefined, {})
      if (payload.iss !== issuer) throw refusal('Invalid token')
      return bearerOf(payload)
    },
  }
}

async function verified(token: string, key: SigningKey, now: Date): Promise<JWTPayload> {
  try {
    const options = { algorithms: ['RS256'], requiredClaims: ['exp', 'sub'], currentDate: now }
    return (await jwtVerify(token, key.publicKey, options)).payload
  } catch (error) {
    throw refusalOf(error)
  }
}

// A signature that was good stays good. It is checked in libuv's thread pool, where exports write: a request would
// wait there for its turn, and once more for that of the event loop.
function remember(known: Map<string, JWTPayload>, token: string, payload: JWTPayload): void {
  // The last to be used is the last to be forgotten.
  known.delete(token)
  known.set(token, payload)
  const [oldest] = known.keys()
  if (known.size > TOKENS_KNOWN_MAX && oldest !== undefined) known.delete(oldest)
}

function bearerToken(authorization: string | undefined): string {
  const [scheme = '', token, ...rest] = (authorization ?? '').split(' ')
  if (scheme.toLowerCase() !== 'bearer') {
    throw new Failure('authentication_missing', 'Missing authentication', {
      headers: { 'www-authenticate': 'Bearer' },
    })
  }
  if (token === undefined || rest.length > 0 || token.split('.').length !== 3) {
    throw new Failure('authentication_malformed', 'Bad HTTP authentication header format')
  }
  return token
}

// The words are those of Auth0's own hapi plugin.
function refusalOf(error: unknown): Failure {
  if (error instanceof errors.JWTExpired) return expired(error)
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refusal('Invalid signature received for JSON Web Token validation', error)
  }
  return refusal('Invalid token', error)
}

function expired(cause?: unknown): Failure {
  return refusal('Expired token received for JSON Web Token validation', cause)
}

function refusal(
  message: string,
  cause?: unknown,
  members: Record<string, unknown> = { attributes: { error: message } },
): Failure {
  const headers = { 'www-authenticate': `Bearer error="${message}"` }
  return new Failure('token_invalid', message, { cause, members, headers })
}

function bearerOf(payload: JWTPayload): Bearer {
  const scope = typeof payload['scope'] === 'string' ? payload['scope'].split(' ') : []
  return { clientId: String(payload['azp'] ?? ''), scope }
}
