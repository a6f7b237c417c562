import type { FastifyInstance } from 'fastify'
import type { Traces } from '../observe/traces.ts'
import { jobOf } from './log-line.ts'

declare module 'fastify' {
  interface FastifyRequest {
    traceparent: string | null
  }
}

/** Each request is a span. The span ends also if the client hangs up, when Fastify does not call `onResponse`. */
export function traceRequests(app: FastifyInstance, traces: Traces): void {
  app.addHook('onRequest', async (request, reply) => {
    const { method, is404, routeOptions, headers } = request
    const span = traces.request({ method, route: is404 ? undefined : routeOptions.url, headers })
    request.traceparent = span.traceparent
    reply.raw.once('close', () => span.end({ status: reply.statusCode, job: jobOf(request) }))
  })
}
