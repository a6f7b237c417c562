import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../domain/failure.ts'
import { Refusal } from '../domain/refusal.ts'
import { messageOf } from './refusal-sentence.ts'
import { tooLarge } from './upload.ts'

/** The largest body of a Management API call at Auth0. Uploads have another limit. */
export const BODY_BYTES_MAX = 1_048_576

/** The details of an internal error go to the log only, since they may name files, tables or values. */
export function renderFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = failureOf(error)
  if (failure.code === 'internal') request.log.error({ err: error }, 'a request failed')
  reply.code(failure.status).headers(failure.headers).header('cache-control', 'no-store')
  return reply.send(request.url.startsWith('/oauth/') ? oauthBody(failure) : envelope(failure))
}

export function envelope(failure: Failure): Record<string, unknown> {
  return {
    statusCode: failure.status,
    error: STATUS_CODES[failure.status] ?? 'Error',
    message: messageOf(failure),
    ...(failure.errorCode === undefined ? {} : { errorCode: failure.errorCode }),
    ...failure.members,
  }
}

// OAuth libraries expect this form (RFC 6749, 5.2).
function oauthBody(failure: Failure): Record<string, unknown> {
  const isOwn = failure.errorCode !== undefined && !/^(invalid_body|internal_error)$/.test(failure.errorCode)
  const fallback = failure.status >= 500 ? 'server_error' : 'invalid_request'
  return { error: isOwn ? failure.errorCode : fallback, error_description: messageOf(failure) }
}

/** Fastify's own messages would differ from Auth0's, which clients may compare. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>
  const options = { cause: error }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge(BODY_BYTES_MAX, options)
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Failure('media_type_unsupported', 'Unsupported Media Type', options)
  }
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return new Failure('path_invalid', 'Invalid request URI', options)
  }
  if (error instanceof SyntaxError || code === 'FST_ERR_CTP_INVALID_JSON_BODY') {
    return new Refusal('body_invalid', { problem: 'Invalid request payload JSON format' }, options)
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Failure('body_invalid', 'The request is not valid HTTP.', options)
  }
  return new Failure('internal', 'An internal error occurred.', options)
}
