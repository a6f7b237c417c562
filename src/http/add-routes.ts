import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { requireScopes, type TokenVerifier } from './authenticate.ts'
import type { Operation, Route } from './define-route.ts'
import { letPass } from './upload.ts'

type WithTokens<Deps> = Deps & { readonly tokens: TokenVerifier }

export function addRoutes<Deps>(
  app: FastifyInstance,
  routes: readonly Route<NoInfer<Deps>>[],
  deps: WithTokens<Deps>,
): void {
  for (const route of routes) {
    if (route.isUpload === true) addUpload(app, route, deps)
    else addRoute(app, route, deps)
  }
}

function addRoute<Deps>(app: FastifyInstance, route: Route<Deps>, deps: WithTokens<Deps>): void {
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

// Only an upload may have multipart/form-data and a body of any size. If other routes parsed multipart/form-data, their
// body would be empty, and an export request with an empty body exports all users.
function addUpload<Deps>(app: FastifyInstance, route: Route<Deps>, deps: WithTokens<Deps>): void {
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async (_request: FastifyRequest, body: unknown) => body)
    scope.register(multipart)
    scope.addHook('onError', async (request) => letPass(request.raw))
    addRoute(scope, route, deps)
    done()
  })
}
