import type { ServerOptions } from 'node:https'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
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
import { drainBeforeClose } from './drain.ts'
import { logLine } from './log-line.ts'
import { BODY_BYTES_MAX, renderFailure } from './render-failure.ts'
import { requestIdOf } from './request-id.ts'
import { newCutTeller } from './tell-cuts.ts'

// One second less than CLOSE_SECONDS of compose/server.ts, so that a request which comes last has this second.
const DRAIN_SECONDS = 4

export interface HttpServerOptions {
  readonly log: FastifyBaseLogger
  readonly tls?: Pick<ServerOptions, 'cert' | 'key'>
  readonly limits?: ConnectionLimits
  readonly host?: string
  readonly routes: readonly ((app: FastifyInstance) => void)[]
}

// Our routes check their schemas themselves (define-route.ts). Without this, Fastify loads its own schema compilers,
// which makes every start 0.1 s longer.
function noSchemas(): never {
  throw new Failure('internal', 'A route has a Fastify schema, and the schema compilers of Fastify are off.')
}

/** The caller listens and closes, so that it can register the stop before the first request comes. */
export async function buildHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { limits = DEFAULT_CONNECTION_LIMITS } = options
  const app = fastify({
    loggerInstance: options.log,
    // Fastify would log the query of a link, which is a secret for 60 seconds. log-line.ts leaves it out.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    bodyLimit: BODY_BYTES_MAX,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1024 },
    // During a stop new requests are answered until drain.ts lets the server close.
    return503OnClosing: false,
    // Downloads may finish. compose/server.ts closes the connections that are left after a while.
    forceCloseConnections: 'idle',
    // Fastify's own answer to a URL that it cannot decode repeats the URL.
    frameworkErrors: renderFailure,
    serverFactory: newServerFactory({ ...options, limits, onCut: newCutTeller(options.log) }),
  } as Parameters<typeof fastify>[0]) as unknown as FastifyInstance
  app.decorateRequest('bearer', null)
  app.setReplySerializer(writeJson)
  app.decorateRequest('jobId', null)
  app.decorateRequest('traceparent', null)
  app.setErrorHandler(renderFailure)
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
    // PostgreSQL cannot store a NUL, so a statement with one would fail as an internal error.
    if (request.url.includes('%00'))
      throw new Failure('path_invalid', 'Invalid request URI: it holds a NUL character')
    reply
      .header('x-request-id', request.id)
      .header('cache-control', 'no-cache')
      .header('vary', 'origin,accept-encoding')
  })
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(logLine(request, reply), 'request')
  })
  for (const register of options.routes) register(app)
  drainBeforeClose(app, DRAIN_SECONDS)
  return app
}

/**
 * Some clients send a body with GET, an empty JSON body, or any content type with a request that needs no body.
 * Refusing them would break clients that work with Auth0. A body that a route reads must be JSON or a form.
 */
function takeAnyBody(app: FastifyInstance): void {
  // `fetch` sends a string body as text/plain. Fastify would parse it, so its parser is removed to refuse the body.
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

// A repeated name is refused, since Muster cannot know which of the two values is meant.
function repeated(cause: RepeatedName): Refusal {
  const problem = `The name ${cause.repeated} appears twice in one object`
  const where = cause.place === '' ? {} : { property: cause.place }
  return new Refusal('body_invalid', { problem, ...where }, { cause })
}
