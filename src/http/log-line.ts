import type { FastifyReply, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    jobId: string | null
  }
}

/** No text that the client chose: it may contain a link, an e-mail address or a secret. */
export function logLine(request: FastifyRequest, reply: FastifyReply): Record<string, unknown> {
  const { method, bearer, ip } = request
  const job = jobOf(request)
  return {
    method,
    path: pathForLog(request),
    status: reply.statusCode,
    milliseconds: Math.round(reply.elapsedTime),
    ...(bearer === null ? {} : { client: bearer.clientId }),
    address: ip,
    ...(job === undefined ? {} : { job }),
  }
}

/** For the log and for traces: the job that the request has created, or whose file it downloads. */
export function jobOf({ jobId, url }: FastifyRequest): string | undefined {
  return jobId ?? DOWNLOAD.exec(url)?.[1]
}

const DOWNLOAD = /^\/downloads\/jobs\/(job_[A-Za-z0-9]{16})\//

// The ids that Muster generates. A client may send any other text in place of an id, so no other text is logged.
const SAFE_ID = /^((job|con|cgr)_[A-Za-z0-9]{16}|[A-Za-z0-9]{32})$/

function pathForLog({ is404, routeOptions, params }: FastifyRequest): string {
  if (is404) return '(no such route)'
  return (routeOptions.url ?? '').replace(/:(\w+)/g, (_whole, name: string) => {
    const value = (params as Readonly<Record<string, unknown>>)[name]
    return routeOptions.config.logsPath !== false && typeof value === 'string' && SAFE_ID.test(value)
      ? value
      : '…'
  })
}
