import type { ServerOptions } from 'node:https'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify'
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from '../domain/connection-limits.ts'
import { Failure } from '../domain/failure.ts'
import { readJson } from '../domain/read-json.ts'
import { RepeatedName } from '../domain/read-members.ts'
import { Refusal } from '../domain/refusal.ts'
import { writeJson } from '../domain/write-json.ts'
import { boundBodies } from './body-pace.ts'
import { newServerFactory } from './connections.ts'
import { logLine } from './log-line.ts'
import { renderFailure } from './render-failure.ts'
import { newCutTeller } from './tell-cuts.ts'

/** Auth0's doc: the largest body of any Management API call. Uploads have a limit of their own. */
const BODY_BYTES_MAX = 1_048_576

export interface HttpServerOptions {
  readonly log: FastifyBaseLogger
  readonly tls?: Pick<ServerOptions, 'cert' | 'key'>
  readonly limits?: ConnectionLimits
  /** What it will listen on. */
  readonly host?: string
  readonly routes: readonly ((app: FastifyInstance) => void)[]
}

/** Routes have schemas of their own (define-route.ts). To load the compilers of Fastify's takes a tenth of a second. */
function noSchemas(): never {
  throw new Failure('internal', 'A route has a schema of Fastify, which nothing compiles.')
}

/** Builds the HTTP server; the caller listens and closes. */
export async function buildHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { limits = DEFAULT_CONNECTION_LIMITS } = options
  const app = fastify({
    loggerInstance: options.log,
    // Our own line instead: Fastify's would hold the query of a link, which is a secret for 60 seconds.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1024 },
    // Downloads under way may finish; compose cuts what is left after a while.
    forceCloseConnections: 'idle',
    // Addresses that no route can be looked up for; Fastify's own answer would repeat them.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      renderFailure(error, request, reply),
    serverFactory: newServerFactory({ ...options, limits, onCut: newCutTeller(options.log) }),
  } as Parameters<typeof fastify>[0]) as unknown as FastifyInstance
  app.decorateRequest('bearer', null)
  app.setReplySerializer(writeJson)
  app.decorateRequest('jobId', null)
  app.setErrorHandler((error, request, reply) => renderFailure(error, request, reply))
  app.setNotFoundHandler((request, reply) =>
    renderFailure(new Failure('route_unknown', 'Not Found'), request, reply),
  )
  await app.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] }, useDefaults: false },
    strictTransportSecurity:
      options.tls === undefined ? false : { maxAge: 31_536_000, includeSubDomains: false },
  })
  await app.register(formbody)
  boundBodies(app, limits)
  takeAnyBody(app)
  app.addHook('onRequest', async (request, reply) => {
    // Nothing of ours is named so, and no database can look it up.
    if (request.url.includes('%00'))
      throw new Failure('path_invalid', 'Invalid request URI: it holds a NUL character')
    reply.header('cache-control', 'no-cache').header('vary', 'origin,accept-encoding')
  })
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(logLine(request, reply), 'request')
  })
  for (const register of options.routes) register(app)
  return app
}

/**
 * Clients send bodies on GET, empty bodies as JSON, and content types nobody reads. Those are put up with; a
 * body that a route does read must still be JSON or a form.
 */
function takeAnyBody(app: FastifyInstance): void {
  // Fastify's own reading of text/plain too: what fetch calls a string body is no form and no JSON.
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser(
    /^application\/(.*\+)?json\b/,
    { parseAs: 'string' },
    async (_request: FastifyRequest, text: string | Buffer) => {
      const json = String(text)
      return json.trim() === '' ? undefined : parseJson(json)
    },
  )
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: string | Buffer) => {
      if (body.length === 0 || request.method === 'GET' || request.method === 'DELETE') return undefined
      throw new Failure('media_type_unsupported', 'Unsupported Media Type: expected application/json')
    },
  )
}

function parseJson(text: string): unknown {
  try {
    return readJson(text)
  } catch (cause) {
    if (cause instanceof RepeatedName) throw repeated(cause)
    throw new Refusal('body_invalid', { problem: 'Invalid request payload JSON format' }, { cause })
  }
}

// Which of the two is meant nobody can know.
function repeated(cause: RepeatedName): Refusal {
  const problem = `The name ${cause.repeated} stands twice in one object`
  const where = cause.place === '' ? {} : { property: cause.place }
  return new Refusal('body_invalid', { problem, ...where }, { cause })
}
