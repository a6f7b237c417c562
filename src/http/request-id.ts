import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { JobOrigin } from '../domain/job.ts'

// The two forms that proxies and load balancers make. Another text could hold data of a user, which the log must not.
const GIVEN = /^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i

/** The id that a proxy has given the request in `X-Request-Id`, if it is a UUID or 32 hex digits. Otherwise a new UUID. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && GIVEN.test(given) ? given : randomUUID()
}

export function originOf({ id: requestId, traceparent }: FastifyRequest): JobOrigin {
  return { requestId, ...(traceparent === null ? {} : { traceparent }) }
}
