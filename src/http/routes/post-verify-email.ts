import { type VerifyEmailDeps, verifyEmail } from '../../flow/verify-email.ts'
import { defineRoute } from '../define-route.ts'
import { LINK_QUERY, sendVerifyPage, VERIFIED, VERIFY_ANSWERS } from '../verify-email-page.ts'

export const postVerifyEmail = defineRoute({
  method: 'POST',
  path: '/verify-email',
  operationId: 'post_verify-email',
  summary: 'Verify the address that the link names',
  reads: { query: LINK_QUERY },
  answers: VERIFY_ANSWERS,
  handle: async ({ request, reply }, deps: VerifyEmailDeps) =>
    sendVerifyPage(request, reply, async (link) => {
      await verifyEmail(link, deps)
      return VERIFIED
    }),
})
