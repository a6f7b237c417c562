import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure } from '../domain/failure.ts'
import type { Allowance, RateLimiter } from './rate-limiter.ts'

/**
 * Counts the requests of each client, once it is known by its token and before a body is read. Downloads, and
 * what else takes no token, are not counted. Goes before the routes. A request too many fails with
 * `requests_too_many`, in Auth0's words and with its headers.
 */
export function limitRates(app: FastifyInstance, limiter: RateLimiter): void {
  const allowances = new WeakMap<FastifyRequest, Allowance>()
  app.addHook('preParsing', async (request) => {
    if (request.bearer === null) return
    const allowance = limiter.take(request.bearer.clientId, request.routeOptions.config.rateGroup ?? 'other')
    if (allowance === undefined) return
    if (!allowance.isAllowed) throw tooMany(allowance)
    allowances.set(request, allowance)
  })
  // Recorded: answers that went well carry the headers, refusals do not.
  app.addHook('onSend', async (request, reply) => {
    const allowance = allowances.get(request)
    if (allowance !== undefined && reply.statusCode < 400) reply.headers(headersOf(allowance))
  })
}

function headersOf({ limit, remaining, reset }: Allowance): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  }
}

function tooMany(allowance: Allowance): Failure {
  return new Failure('requests_too_many', 'Global limit has been reached', {
    headers: { ...headersOf(allowance), 'retry-after': String(allowance.retrySeconds) },
  })
}
