import type { FastifyInstance, FastifyReply } from 'fastify'
import { Failure } from '../../domain/failure.ts'
import { isEmailVerified, type VerifyEmailDeps, verifyEmail } from '../../flow/verify-email.ts'

interface Followed {
  Querystring: { user?: string; expires?: string; signature?: string }
}

/**
 * `GET /verify-email`: a page with a button, for whoever follows the link of a mail. The button's POST to the same
 * address is what verifies, since mail readers and virus scanners GET every link. The link is the permission.
 */
export function verifyEmailRoutes(app: FastifyInstance, deps: VerifyEmailDeps): void {
  app.get<Followed>('/verify-email', async ({ query }, reply) =>
    shown(reply, async () => ((await isEmailVerified(query, deps)) ? VERIFIED : ASKED)),
  )
  app.post<Followed>('/verify-email', async ({ query }, reply) =>
    shown(reply, async () => {
      await verifyEmail(query, deps)
      return VERIFIED
    }),
  )
}

const ASKED = `<p>Is this e-mail address yours?</p>
<form method="post"><button>Yes, confirm it</button></form>`
const VERIFIED = '<p>Your e-mail address is confirmed. You can close this page.</p>'

async function shown(reply: FastifyReply, page: () => Promise<string>): Promise<FastifyReply> {
  try {
    return sendPage(reply, await page())
  } catch (error) {
    // People read this, not programs: a link that is refused is a page as well, in words that hold nothing to escape.
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

const linkParameters = ['user', 'expires', 'signature'].map((name) => ({
  name,
  in: 'query',
  required: true,
  schema: { type: 'string' },
}))

function operation(operationId: string, summary: string): Record<string, unknown> {
  return {
    operationId,
    summary,
    security: [],
    parameters: linkParameters,
    responses: {
      '200': { description: 'The page.' },
      '403': { description: 'The link has expired, was changed, or is for an address no longer in use.' },
    },
  }
}

export const verifyEmailPaths = {
  '/verify-email': {
    get: operation('get_verify-email', "A page that asks a mail's reader to confirm the address"),
    post: operation('post_verify-email', 'Confirms the address that the link is for'),
  },
}
