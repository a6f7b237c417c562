import type { FastifyRequest } from 'fastify'
import { Failure } from '../domain/failure.ts'
import type { Bearer, Tokens } from '../tokens/tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The client that sent the request; null if the route needs no token. */
    bearer: Bearer | null
  }
}

export type TokenVerifier = Pick<Tokens, 'verify'>

/** A hook that refuses a token with none of the scopes. Fails with `scope_insufficient`, or as Tokens.verify does. */
export function requireScopes(
  tokens: TokenVerifier,
  scopes: readonly string[],
): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const bearer = await tokens.verify(request.headers.authorization)
    if (!scopes.some((scope) => bearer.scope.includes(scope))) throw insufficientScope(scopes)
    request.bearer = bearer
  }
}

export function insufficientScope(wanted: readonly string[]): Failure {
  // Auth0 writes the comma without a space (recorded).
  return new Failure('scope_insufficient', `Insufficient scope, expected any of: ${wanted.join(',')}`)
}
