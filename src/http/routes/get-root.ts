import type { FastifyReply } from 'fastify'
import { Failure } from '../../domain/failure.ts'
import { type ConsoleFiles, readConsoleFile } from '../console-files.ts'
import { defineRoute } from '../define-route.ts'

// Links are relative, so that they work behind a proxy that serves Muster below a path. There is no style, because the
// Content-Security-Policy blocks every style.
const PAGE = `<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>Muster</title>
<h1>Muster</h1>
<p>This server exports and imports users in bulk. It speaks Auth0's Management API. Its console is off, or was not built.</p>
<ul>
<li>API: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1) has every endpoint, with examples.</li>
<li>Documentation: the folder <code>docs</code> of the installed package. Begin with <code>README.md</code> next to it.</li>
<li>Health: <a href="health">health</a></li>
</ul>
</html>
`

// The page may load its own files and ask its own server, and nothing else: no inline script or style, no other host,
// no frame around it. So a user's profile that gets into the page as markup can run nothing and send nothing away.
const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const NO_DEVICES = 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()'

export const getRoot = defineRoute({
  method: 'GET',
  path: '/',
  operationId: 'get_root',
  summary: 'Get the console, for people who open the address in a browser',
  answers: {
    200: { description: 'The page.', type: 'text/html', schema: { type: 'string' } },
    404: 'The client does not ask for HTML.',
  },
  handle: async ({ request, reply }, { consoleFolder }: ConsoleFiles) => {
    if (!/\btext\/html\b/i.test(request.headers.accept ?? '')) {
      throw new Failure('route_unknown', 'Not Found')
    }
    const page =
      consoleFolder === undefined ? undefined : await readConsoleFile(consoleFolder, 'index.html', request)
    reply.header('vary', 'accept,origin,accept-encoding').type('text/html; charset=utf-8')
    if (page === undefined) return reply.send(PAGE)
    if (page.encoding !== undefined) reply.header('content-encoding', page.encoding)
    return withPolicy(reply).send(page.bytes)
  },
})

function withPolicy(reply: FastifyReply): FastifyReply {
  return reply.header('content-security-policy', CONSOLE_POLICY).header('permissions-policy', NO_DEVICES)
}
