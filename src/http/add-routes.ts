import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { requireScopes, type TokenVerifier } from './authenticate.ts'
import type { Operation, Route } from './define-route.ts'
import { letPass } from './upload.ts'

/** Serves routes, each behind the scopes that it asks for. */
export function addRoutes<Deps>(
  app: FastifyInstance,
  routes: readonly Route<NoInfer<Deps>>[],
  deps: Deps & { readonly tokens: TokenVerifier },
): void {
  for (const route of routes) {
    if (route.isUpload === true) addUpload(app, route, deps)
    else addRoute(app, route, deps)
  }
}

function addRoute<Deps>(
  app: FastifyInstance,
  route: Route<Deps>,
  deps: Deps & { readonly tokens: TokenVerifier },
): void {
  app.route({
    method: route.method,
    url: route.servedAt ?? route.path.replace(/\{(\w+)\}/g, ':$1'),
    ...(route.scopes === undefined ? {} : { onRequest: requireScopes(deps.tokens, route.scopes) }),
    ...(route.bodyBytesMax === undefined ? {} : { bodyLimit: route.bodyBytesMax }),
    config: configOf(route),
    handler: (request, reply) => route.answer(request, reply, deps),
  })
}

function configOf({ isUpload = false, logsPath = true, rateGroup = 'other' }: Operation) {
  return { isUpload, logsPath, rateGroup }
}

// Only here are parts understood, and bodies of any size. Elsewhere a form of parts would count as no body, and an
// export request without a body exports all users.
function addUpload<Deps>(
  app: FastifyInstance,
  route: Route<Deps>,
  deps: Deps & { readonly tokens: TokenVerifier },
): void {
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async (_request: FastifyRequest, body: unknown) => body)
    scope.register(multipart)
    scope.addHook('onError', async (request) => letPass(request.raw))
    addRoute(scope, route, deps)
    done()
  })
}
