import type { FastifyRequest } from 'fastify'
import { Failure } from '../domain/failure.ts'
import type { Bearer, Tokens } from '../tokens/tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once a guard has let them through; null where none stands in front. */
    bearer: Bearer | null
  }
}

export type TokenVerifier = Pick<Tokens, 'verify'>

/**
 * A guard in front of a route: lets tokens through that carry at least one of the scopes. Fails with
 * `scope_insufficient`, or as Tokens.verify does.
 */
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
  // A comma without a space: recorded from Auth0.
  return new Failure('scope_insufficient', `Insufficient scope, expected any of: ${wanted.join(',')}`)
}
