import { isEmailVerified, type VerifyEmailDeps } from '../../flow/verify-email.ts'
import { defineRoute } from '../define-route.ts'
import { LINK_QUERY, sendVerifyPage, VERIFIED, VERIFY_ANSWERS } from '../verify-email-page.ts'

const ASKED = `<p>Is this e-mail address yours?</p>
<form method="post"><button>Yes, confirm it</button></form>`

/** Mail programs and virus scanners GET every link in a mail, so a GET must not verify the address. */
export const getVerifyEmail = defineRoute({
  method: 'GET',
  path: '/verify-email',
  operationId: 'get_verify-email',
  summary: 'Get a page on which the reader of the mail confirms the address',
  reads: { query: LINK_QUERY },
  answers: VERIFY_ANSWERS,
  handle: async ({ request, reply }, deps: VerifyEmailDeps) =>
    sendVerifyPage(request, reply, async (link) => ((await isEmailVerified(link, deps)) ? VERIFIED : ASKED)),
})
