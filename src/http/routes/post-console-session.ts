import type { FastifyRequest } from 'fastify'
import { Failure } from '../../domain/failure.ts'
import { Refusal } from '../../domain/refusal.ts'
import { type SignIn, signIn } from '../../flow/console-session.ts'
import { closed, text } from '../../schema/build.ts'
import { SESSION, type SessionRouteDeps, sendSession } from '../console-session.ts'
import { defineRoute } from '../define-route.ts'
import { requireOwnPage } from '../own-page.ts'
import { SESSION_PATH } from '../session-cookie.ts'
import { slowlyRefused } from '../slowly-refused.ts'

const NOT_EMPTY = { minLength: 1 } as const

interface Credentials {
  readonly client_id?: string
  readonly client_secret?: string
  readonly token?: string
  readonly code?: string
}

export const postConsoleSession = defineRoute({
  method: 'POST',
  path: SESSION_PATH,
  operationId: 'post_console_session',
  summary: 'Sign in to the console',
  description:
    'Takes exactly one of: `client_id` with `client_secret`, a `token` of this server, or the `code` of the link that the server printed at its start. The answer sets the cookie of the session. The body must be JSON, and the request must not come from a page of another origin.',
  body: closed([], {
    client_id: text('The id of a client.', NOT_EMPTY),
    client_secret: text('The secret of the client.', NOT_EMPTY),
    token: text('An access token of this server.', NOT_EMPTY),
    code: text('The code of a sign-in link.', NOT_EMPTY),
  }),
  // Any id, secret, token and code fits. A larger body is refused, since anybody may send one.
  bodyBytesMax: 65_536,
  answers: {
    200: SESSION,
    401: 'The client, its secret or the token is wrong.',
    403: 'The page that sent the request is not of this server, the sign-in link is not valid, or the client has no grant.',
    429: 'Too many wrong secrets or codes came from this address or for this client.',
  },
  handle: async ({ body, request, reply }, deps: SessionRouteDeps) => {
    requireOwnPage(request, deps.publicUrl)
    // A form of another site can send a form or plain text. For JSON its browser would first ask us, and gets no consent.
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      throw new Failure('media_type_unsupported', 'Unsupported Media Type: expected application/json')
    }
    const session = await slowlyRefused(signIn(signInOf(body, request), deps), deps.refusalMilliseconds)
    return sendSession(session, deps.publicUrl, reply)
  },
})

function signInOf(body: Credentials, { ip: address }: FastifyRequest): SignIn {
  const { client_id: clientId, client_secret: clientSecret, token, code } = body
  const names = Object.keys(body).sort().join()
  if (names === 'token' && token !== undefined) return { by: 'token', token }
  if (names === 'code' && code !== undefined) return { by: 'code', code, address }
  if (names === 'client_id,client_secret' && clientId !== undefined && clientSecret !== undefined)
    return { by: 'secret', clientId, clientSecret, address }
  const problem = 'Expected client_id and client_secret, or token, or code'
  throw new Refusal('body_invalid', { problem })
}
