import { type VerifyEmailDeps, verifyEmail } from '../../flow/verify-email.ts'
import { defineRoute } from '../define-route.ts'
import { type Followed, LINK_QUERY, PAGE, sendVerifyPage, VERIFIED } from '../verify-email-page.ts'

export const postVerifyEmail = defineRoute({
  method: 'POST',
  path: '/verify-email',
  operationId: 'post_verify-email',
  summary: 'Confirms the address that the link is for',
  reads: { query: LINK_QUERY },
  answers: {
    200: { description: 'The page.', ...PAGE },
    403: {
      description: 'The link has expired, was changed, or is for an address no longer in use.',
      ...PAGE,
    },
  },
  handle: async ({ request, reply }, deps: VerifyEmailDeps) =>
    sendVerifyPage(reply, async () => {
      await verifyEmail(request.query as Followed, deps)
      return VERIFIED
    }),
})
