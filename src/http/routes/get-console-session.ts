import { resumeSession } from '../../flow/console-session.ts'
import { SESSION, type SessionRouteDeps, sealedOf, sendNoSession, sendSession } from '../console-session.ts'
import { defineRoute } from '../define-route.ts'
import { requireOwnPage } from '../own-page.ts'
import { SESSION_PATH } from '../session-cookie.ts'

export const getConsoleSession = defineRoute({
  method: 'GET',
  path: SESSION_PATH,
  operationId: 'get_console_session',
  summary: 'Get the session of the console and renew its cookie',
  answers: {
    200: SESSION,
    204: 'There is no session, or it has ended.',
    403: 'The page that sent the request is not of this server.',
  },
  handle: async ({ request, reply }, deps: SessionRouteDeps) => {
    requireOwnPage(request, deps.publicUrl)
    const sealed = sealedOf(request, deps.publicUrl)
    const session = sealed === undefined ? undefined : await resumeSession(sealed, deps)
    if (session !== undefined) return sendSession(session, deps.publicUrl, reply)
    return sendNoSession(request, deps.publicUrl, reply)
  },
})
