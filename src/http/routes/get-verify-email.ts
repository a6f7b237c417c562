import { isEmailVerified, type VerifyEmailDeps } from '../../flow/verify-email.ts'
import { defineRoute } from '../define-route.ts'
import { type Followed, LINK_QUERY, sendVerifyPage, VERIFIED, VERIFY_ANSWERS } from '../verify-email-page.ts'

const ASKED = `<p>Is this e-mail address yours?</p>
<form method="post"><button>Yes, confirm it</button></form>`

/** A page with a button. Mail readers and virus scanners GET every link, so a GET verifies nothing. */
export const getVerifyEmail = defineRoute({
  method: 'GET',
  path: '/verify-email',
  operationId: 'get_verify-email',
  summary: "A page that asks a mail's reader to confirm the address",
  reads: { query: LINK_QUERY },
  answers: VERIFY_ANSWERS,
  handle: async ({ request, reply }, deps: VerifyEmailDeps) =>
    sendVerifyPage(reply, async () =>
      (await isEmailVerified(request.query as Followed, deps)) ? VERIFIED : ASKED,
    ),
})
