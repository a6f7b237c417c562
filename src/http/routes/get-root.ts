import { Failure } from '../../domain/failure.ts'
import { defineRoute } from '../define-route.ts'

// Links are relative, so that they work behind a proxy that serves Muster below a path. There is no style, because the
// Content-Security-Policy blocks every style.
const PAGE = `<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>Muster</title>
<h1>Muster</h1>
<p>This server exports and imports users in bulk. It speaks Auth0's Management API.</p>
<ul>
<li>API: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1) has every endpoint, with examples.</li>
<li>Documentation: the folder <code>docs</code> of the installed package. Begin with <code>README.md</code> next to it.</li>
<li>Health: <a href="health">health</a></li>
</ul>
</html>
`

export const getRoot = defineRoute({
  method: 'GET',
  path: '/',
  operationId: 'get_root',
  summary: 'Get a page for people who open the address in a browser',
  answers: {
    200: { description: 'The page.', type: 'text/html', schema: { type: 'string' } },
    404: 'The client does not ask for HTML.',
  },
  handle: async ({ request, reply }) => {
    if (!/\btext\/html\b/i.test(request.headers.accept ?? '')) {
      throw new Failure('route_unknown', 'Not Found')
    }
    return reply.header('vary', 'accept,origin,accept-encoding').type('text/html; charset=utf-8').send(PAGE)
  },
})
