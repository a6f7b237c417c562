import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { Clock } from '../domain/clock.ts'
import type { Traces } from './traces.ts'

/** The caller has checked that an SDK is loaded: without one, every trace would have the id 0. */
export function otelTraces(version: string, clock: Clock): Traces {
  const tracer = trace.getTracer('muster', version)
  return {
    request: ({ method, route, headers }) => {
      const name = route === undefined ? method : `${method} ${route}`
      const attributes = { 'http.request.method': method, ...(route && { 'http.route': route }) }
      const parent = propagation.extract(context.active(), headers)
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent)
      const { traceId, spanId, traceFlags } = span.spanContext()
      return {
        // Not by the SDK's propagator, which may write other headers, and baggage that could hold a user's data.
        traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        end: ({ status, job }) => {
          span.setAttribute('http.response.status_code', status)
          if (job !== undefined) span.setAttribute('muster.job.id', job)
          if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
          span.end()
        },
      }
    },
    run: ({ job, end, seconds }) => {
      const endedAt = clock.now().getTime()
      let at = endedAt - 1000 * Object.values(seconds).reduce((sum, spent) => sum + spent, 0)
      const attributes = { 'muster.job.id': job.id, 'muster.job.type': job.type, 'muster.run.end': end }
      const parent = contextOf(job.origin?.traceparent)
      const span = tracer.startSpan(
        `run ${job.type}`,
        { kind: SpanKind.CONSUMER, startTime: at, attributes },
        parent,
      )
      for (const [phase, spent] of Object.entries(seconds)) {
        if (spent === 0) continue
        const part = tracer.startSpan(phase, { startTime: at }, trace.setSpan(parent, span))
        at += 1000 * spent
        part.end(at)
      }
      if (end === 'failed' || end === 'broken') span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(endedAt)
    },
  }
}

function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags = ''] = traceparent?.split('-') ?? []
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT
  const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return trace.setSpanContext(ROOT_CONTEXT, remote)
}
