import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { addSeconds, type Clock, unixSeconds } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { KeyRing } from './key-ring.ts'

export interface Tokens {
  /** An empty `scope` omits the claim, as at Auth0. */
  issue(clientId: string, scope: readonly string[]): Promise<string>
  /** Fails with `authentication_missing`, `authentication_malformed` or `token_invalid`. */
  verify(authorization: string | undefined): Promise<Bearer>
  readonly lifetimeSeconds: number
  readonly audience: string
  readonly issuer: string
}

export interface Bearer {
  readonly clientId: string
  readonly scope: readonly string[]
  readonly expiresAt: Date
}

export interface TokensOptions {
  readonly keys: KeyRing
  readonly clock: Clock
  /** Without a slash at the end, since issuer and audience add their own. */
  readonly publicUrl: string
  readonly lifetimeSeconds: number
}

/** With a slash at the end, as at Auth0: libraries compare the issuer letter by letter. */
export function issuerOf(publicUrl: string): string {
  return `${publicUrl}/`
}

// About 1 KB each, so the memory stays small. If more tokens are in use, some signatures are checked more often.
const TOKENS_KNOWN_MAX = 1000

/** The claims are those of Auth0's own token profile: no `jti`, and `aud` is one string. */
export function newTokens(options: TokensOptions): Tokens {
  const { keys, clock, lifetimeSeconds } = options
  const issuer = issuerOf(options.publicUrl)
  const audience = `${options.publicUrl}/api/v2/`
  const known = new Map<string, Verified>()
  return {
    issuer,
    audience,
    lifetimeSeconds,
    issue: (clientId, scope) => {
      const now = clock.now()
      const key = keys.signing()
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
      const earlier = known.get(token)
      // A key stops being accepted some time after it was replaced. Then its tokens are refused, also the known ones.
      const isSound = earlier !== undefined && keys.accepted(earlier.kid, lifetimeSeconds) !== undefined
      const found = isSound ? earlier : await verified(token, options)
      remember(known, token, found)
      const { payload } = found
      if ((payload.exp ?? 0) <= unixSeconds(now)) throw expired()
      // jose checks the issuer first and the time last. Auth0's plugin checks time, audience and issuer in this order,
      // and a token may be wrong in two ways.
      if (payload.aud !== audience) throw refusal(`Bad audience: ${audience}`, undefined, {})
      if (payload.iss !== issuer) throw refusal('Invalid token')
      return bearerOf(payload)
    },
  }
}

interface Verified {
  readonly payload: JWTPayload
  readonly kid: string | undefined
}

async function verified(token: string, { keys, clock, lifetimeSeconds }: TokensOptions): Promise<Verified> {
  try {
    // The same key signs receipts. Without the type a receipt would pass for a token.
    const options = {
      algorithms: ['RS256'],
      typ: 'JWT',
      requiredClaims: ['exp', 'sub'],
      currentDate: clock.now(),
    }
    const keyOf = ({ kid }: { readonly kid?: string }) =>
      // An unknown key is reported as a wrong signature, as Auth0 does.
      keys.accepted(kid, lifetimeSeconds) ?? keys.signing().publicKey
    const { payload, protectedHeader } = await jwtVerify(token, keyOf, options)
    return { payload, kid: protectedHeader.kid }
  } catch (error) {
    throw refusalOf(error)
  }
}

// A signature is checked once, since a valid one stays valid. The check runs in libuv's thread pool, where it would
// wait behind the disk writes of exports.
function remember(known: Map<string, Verified>, token: string, found: Verified): void {
  // A map keeps the order of insertion. So the first token is the one that was used longest ago.
  known.delete(token)
  known.set(token, found)
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

// The messages of Auth0's own hapi plugin, since clients may compare them.
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
  const expiresAt = new Date((payload.exp ?? 0) * 1000)
  return { clientId: String(payload['azp'] ?? ''), scope, expiresAt }
}
