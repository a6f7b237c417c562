import type { FastifyRequest } from 'fastify'
import { Failure } from '../domain/failure.ts'
import type { Bearer, Tokens } from '../tokens/tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    bearer: Bearer | null
  }
}

export type TokenVerifier = Pick<Tokens, 'verify'>

/** One of the scopes is enough. Fails with `scope_insufficient`, or as Tokens.verify does. */
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
  // Without a space after the comma, as in answers of Auth0: clients may compare the text.
  return new Failure('scope_insufficient', `Insufficient scope, expected any of: ${wanted.join(',')}`)
}
