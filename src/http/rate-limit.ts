import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure } from '../domain/failure.ts'
import type { Allowance, RateLimiter } from './rate-limiter.ts'

/**
 * Counts before the body is read, so that a refused request costs little. Requests without a token, such as downloads,
 * are not counted. Must be called before the routes are added, or they get no limit. A request over the limit fails
 * with `requests_too_many`, with Auth0's message and headers.
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
  // Answers of Auth0 with 400 or 401 do not have the headers. Only `tooMany` sets them on an error.
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
    // Another process that answers the same client has counts of its own.
    'x-ratelimit-scope': 'process',
  }
}

function tooMany(allowance: Allowance): Failure {
  return new Failure('requests_too_many', 'Global limit has been reached', {
    headers: { ...headersOf(allowance), 'retry-after': String(allowance.retrySeconds) },
  })
}
