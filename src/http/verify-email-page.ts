import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../domain/failure.ts'
import type { VerificationQuery } from '../mail/verification-link.ts'
import { TEXT } from '../schema/build.ts'

export const VERIFIED = '<p>Your e-mail address is confirmed. You can close this page.</p>'

/** The link is the permission, so it needs no token. */
export const LINK_QUERY = {
  required: ['user', 'expires', 'signature'],
  properties: { user: TEXT, expires: TEXT, signature: TEXT },
}

const PAGE = { type: 'text/html', schema: TEXT } as const

export const VERIFY_ANSWERS = {
  200: { description: 'The page.', ...PAGE },
  403: { description: 'The link has expired or was changed, or the user has another address now.', ...PAGE },
} as const

/** A refused link is also answered with a page, because people read it, not programs. */
export async function sendVerifyPage(
  { query }: FastifyRequest,
  reply: FastifyReply,
  page: (link: Partial<VerificationQuery>) => Promise<string>,
): Promise<FastifyReply> {
  try {
    return sendPage(reply, await page(query as Partial<VerificationQuery>))
  } catch (error) {
    // These messages contain nothing that HTML must escape.
    const isRefusal = error instanceof Failure && /^link_/.test(error.code)
    if (!isRefusal) throw error
    return sendPage(reply.code(error.status), `<p>${error.message}</p>`)
  }
}

function sendPage(reply: FastifyReply, content: string): FastifyReply {
  return reply
    .headers({
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex',
    })
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>Confirm your e-mail address</title>
${content}
</html>
`)
}
