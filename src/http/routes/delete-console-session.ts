import { sendNoSession } from '../console-session.ts'
import { type AtPublicUrl, defineRoute } from '../define-route.ts'
import { requireOwnPage } from '../own-page.ts'
import { SESSION_PATH } from '../session-cookie.ts'

export const deleteConsoleSession = defineRoute({
  method: 'DELETE',
  path: SESSION_PATH,
  operationId: 'delete_console_session',
  summary: 'Sign out of the console',
  description: 'Removes the cookie. The token stays valid until it expires, as every token.',
  answers: { 204: 'There is no session.', 403: 'The page that sent the request is not of this server.' },
  handle: async ({ request, reply }, { publicUrl }: AtPublicUrl) => {
    requireOwnPage(request, publicUrl)
    sendNoSession(request, publicUrl, reply)
  },
})
