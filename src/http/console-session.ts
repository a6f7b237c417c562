import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Session, SessionDeps } from '../flow/console-session.ts'
import { closed, list, TEXT, text } from '../schema/build.ts'
import type { AnswerBody, AtPublicUrl } from './define-route.ts'
import { sessionCookieOf } from './session-cookie.ts'

export interface SessionRouteDeps extends SessionDeps, AtPublicUrl {
  /** How long a 429 waits before it is sent. */
  readonly refusalMilliseconds: number
}

export const SESSION: AnswerBody = {
  description: 'The session.',
  schema: {
    title: 'ConsoleSession',
    ...closed(['access_token', 'expires_at', 'scope', 'client_id'], {
      access_token: text('A token for the API.'),
      expires_at: text('When the token expires.', { format: 'date-time' }),
      scope: list('The scopes of the token.', TEXT),
      client_id: text('The client that the token was issued to.'),
    }),
  },
  example: {
    access_token: 'eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl',
    expires_at: '2026-01-02T00:00:00.000Z',
    scope: ['read:users'],
    client_id: 'zbR8ZUvIJhPHmL2Xl7MVPfRaUWhYVfGG',
  },
}

/** Sets the cookie. Its value, and the answer, are secrets. */
export function sendSession(session: Session, publicUrl: string, reply: FastifyReply): object {
  reply
    .header('cache-control', 'no-store')
    .header('set-cookie', sessionCookieOf(publicUrl).set(session.sealed, session.sealedSeconds))
  return {
    access_token: session.accessToken,
    expires_at: session.expiresAt.toISOString(),
    scope: session.scope,
    client_id: session.clientId,
  }
}

export function sealedOf({ headers }: FastifyRequest, publicUrl: string): string | undefined {
  return sessionCookieOf(publicUrl).read(headers.cookie)
}

/** Removes the cookie, if the browser has sent one. */
export function sendNoSession({ headers }: FastifyRequest, publicUrl: string, reply: FastifyReply): void {
  const cookie = sessionCookieOf(publicUrl)
  reply.code(204).header('cache-control', 'no-store')
  if (cookie.isIn(headers.cookie)) reply.header('set-cookie', cookie.clear())
}
