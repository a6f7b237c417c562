import type { FastifyRequest } from 'fastify'
import { Failure } from '../../domain/failure.ts'
import { type GrantTokenDeps, grantToken, type TokenRequest } from '../../flow/grant-token.ts'
import { closed, integer, open, TEXT, text } from '../../schema/build.ts'
import { defineRoute, type Shape } from '../define-route.ts'
import { slowlyRefused } from '../slowly-refused.ts'

interface PostOauthTokenDeps extends GrantTokenDeps {
  /** How long a 429 waits before it is sent, so that a client that tries again at once gets few answers a second. */
  readonly refusalMilliseconds: number
}

const TOKEN_REQUEST = open(['grant_type', 'audience'], {
  grant_type: { type: 'string', enum: ['client_credentials'] },
  client_id: TEXT,
  client_secret: TEXT,
  audience: TEXT,
  scope: TEXT,
})

const TOKEN: Shape = {
  schema: {
    title: 'Token',
    ...closed(['access_token', 'expires_in', 'token_type'], {
      access_token: TEXT,
      scope: text('The scopes of the token, separated by spaces.'),
      expires_in: integer('The lifetime of the token in seconds.', { minimum: 1 }),
      token_type: { type: 'string', enum: ['Bearer'] },
    }),
  },
  example: {
    access_token: 'eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl',
    scope: 'read:users',
    expires_in: 86_400,
    token_type: 'Bearer',
  },
}

/** Auth0 accepts a form or JSON, with the secret in the body or in HTTP Basic, and libraries use each of them. */
export const postOauthToken = defineRoute({
  method: 'POST',
  path: '/oauth/token',
  operationId: 'post_token',
  summary: 'Get a Management API token by client credentials',
  reads: {
    bodies: { 'application/x-www-form-urlencoded': TOKEN_REQUEST, 'application/json': TOKEN_REQUEST },
  },
  // Any id, secret and list of scopes fits. A larger body is refused, since anybody may send one.
  bodyBytesMax: 65_536,
  answers: {
    200: { description: 'The token.', ...TOKEN },
    400: 'The request is not valid.',
    401: 'The client or its secret is wrong.',
    403: 'The audience is not this API, or the client has no grant for a scope.',
    429: 'Too many wrong secrets came from this address or for this client.',
  },
  handle: async ({ request, reply }, deps: PostOauthTokenDeps) => {
    const grant = await slowlyRefused(grantToken(tokenRequestOf(request), deps), deps.refusalMilliseconds)
    reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
    return {
      access_token: grant.accessToken,
      ...(grant.scope.length === 0 ? {} : { scope: grant.scope.join(' ') }),
      expires_in: grant.expiresInSeconds,
      token_type: 'Bearer',
    }
  },
})

function tokenRequestOf({ body, headers: { authorization }, ip: address }: FastifyRequest): TokenRequest {
  const members = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const member = (name: string): string | undefined => {
    const value = members[name]
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value === 'string') return value
    throw new Failure('token_request_invalid', `Parameter ${name}: expected one string`)
  }
  const basic = basicCredentials(authorization)
  return {
    grantType: member('grant_type'),
    clientId: member('client_id') ?? basic?.id,
    clientSecret: member('client_secret') ?? basic?.secret,
    audience: member('audience'),
    scope: member('scope'),
    address,
  }
}

// RFC 6749, 2.3.1: the client form-encodes id and secret before it joins them.
function basicCredentials(authorization: string | undefined): { id: string; secret: string } | undefined {
  const match = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '')
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(match?.[1] ?? '', 'base64').toString()) ?? []
  if (id === undefined || secret === undefined) return undefined
  return { id: formDecoded(id), secret: formDecoded(secret) }
}

// Many clients do not encode, so a text that cannot be decoded is used as it is.
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
