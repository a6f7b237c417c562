import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure } from '../../domain/failure.ts'
import { type GrantTokenDeps, grantToken, type TokenRequest } from '../../flow/grant-token.ts'

export interface OauthRoutesDeps extends GrantTokenDeps {
  /** How long the answer to a refused attempt waits: a client that asks again and again gets no more answers a second. */
  readonly refusalMilliseconds: number
}

/** `POST /oauth/token`: form or JSON, secret in the body or in HTTP Basic. */
export function oauthRoutes(app: FastifyInstance, deps: OauthRoutesDeps): void {
  app.post('/oauth/token', { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const grant = await slowlyRefused(grantToken(tokenRequestOf(request), deps), deps.refusalMilliseconds)
    reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
    return {
      access_token: grant.accessToken,
      ...(grant.scope.length === 0 ? {} : { scope: grant.scope.join(' ') }),
      expires_in: grant.expiresInSeconds,
      token_type: 'Bearer',
    }
  })
}

// Room for any id, secret and list of scopes.
const BODY_BYTES_MAX = 65_536

async function slowlyRefused<T>(granting: Promise<T>, milliseconds: number): Promise<T> {
  try {
    return await granting
  } catch (error) {
    if (error instanceof Failure && error.status === 429) await setTimeout(milliseconds)
    throw error
  }
}

function tokenRequestOf({ body, headers: { authorization }, ip: address }: FastifyRequest): TokenRequest {
  const members = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const text = (name: string): string | undefined => {
    const value = members[name]
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value === 'string') return value
    throw new Failure('token_request_invalid', `Parameter ${name}: expected one string`)
  }
  const basic = basicCredentials(authorization)
  return {
    grantType: text('grant_type'),
    clientId: text('client_id') ?? basic?.id,
    clientSecret: text('client_secret') ?? basic?.secret,
    audience: text('audience'),
    scope: text('scope'),
    address,
  }
}

// RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
function basicCredentials(authorization: string | undefined): { id: string; secret: string } | undefined {
  const match = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '')
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(match?.[1] ?? '', 'base64').toString()) ?? []
  if (id === undefined || secret === undefined) return undefined
  return { id: formDecoded(id), secret: formDecoded(secret) }
}

// Many clients do not encode: what is no encoding stands for itself.
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

export const oauthPaths = {
  '/oauth/token': {
    post: {
      operationId: 'post_token',
      summary: 'Get a Management API token by client credentials',
      security: [],
      requestBody: {
        content: {
          'application/x-www-form-urlencoded': {
            schema: {
              type: 'object',
              required: ['grant_type', 'audience'],
              properties: {
                grant_type: { type: 'string', enum: ['client_credentials'] },
                client_id: { type: 'string' },
                client_secret: { type: 'string' },
                audience: { type: 'string' },
                scope: { type: 'string' },
              },
            },
          },
        },
      },
      responses: {
        '200': { description: 'The token.' },
        '400': { description: 'The request is not sound.' },
        '401': { description: 'The client or its secret is not known.' },
        '403': { description: 'The audience is not this API, or a scope was not granted.' },
        '429': { description: 'Too many wrong secrets came from this address or for this client.' },
      },
    },
  },
}
