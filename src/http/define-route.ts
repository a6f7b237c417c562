import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RateGroup } from '../domain/rate-limit.ts'
import type { Schema } from '../schema/check.ts'
import type { TypeOf } from '../schema/type-of.ts'
import { formBody } from './form-body.ts'
import { validateBody, validateQuery } from './validate.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    rateGroup?: RateGroup
    /** False if the path holds a user's id: it may contain an e-mail address, which the log must not hold. */
    logsPath?: boolean
  }
}

/** A schema with a `title` is listed once in the OpenAPI document, so that answers that use it need not repeat it. */
export interface Shape {
  readonly schema: Schema
  readonly example?: unknown
}

export type Answer = string | AnswerBody

export interface AnswerBody extends Shape {
  readonly description: string
  readonly type?: string
}

export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly servedAt?: string
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly scopes?: readonly string[]
  readonly params?: Readonly<Record<string, Schema>>
  readonly query?: Schema
  readonly headers?: Readonly<Record<string, Schema>>
  readonly body?: Schema
  readonly takesForm?: boolean
  /** Only for the OpenAPI document: the handler checks these itself, because the general check does not fit them. */
  readonly reads?: { readonly query?: Schema; readonly bodies?: Readonly<Record<string, Schema>> }
  readonly bodyBytesMax?: number
  /** The body is a users file of any size, so the handler reads it as a stream. */
  readonly isUpload?: boolean
  /**
   * The lowest status is sent unless the handler sets another. Errors that every route may give need not be listed,
   * because the OpenAPI document adds them.
   */
  readonly answers: Readonly<Record<number, Answer>>
  readonly logsPath?: boolean
  readonly rateGroup?: RateGroup
}

export interface Call<Params, Query, Body> {
  readonly params: { readonly [Name in keyof Params]: string }
  readonly query: Query
  readonly body: Body
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface Definition<Deps, Params, Query, Body> extends Operation {
  readonly params?: Params & Readonly<Record<string, Schema>>
  readonly query?: Query & Schema
  readonly body?: Body & Schema
  readonly handle: (call: Call<Params, TypeOf<Query>, TypeOf<Body>>, deps: Deps) => unknown
}

export interface AtPublicUrl {
  readonly publicUrl: string
}

export interface Route<Deps> extends Operation {
  readonly answer: (request: FastifyRequest, reply: FastifyReply, deps: Deps) => Promise<unknown>
}

/**
 * Query and body are checked with the schemas that the OpenAPI document shows, so it does not promise other ones. A
 * request that they refuse never reaches `handle`.
 */
export function defineRoute<Deps, const Params, const Query, const Body>(
  definition: Definition<Deps, Params, Query, Body>,
): Route<Deps> {
  const { handle, ...operation } = definition
  const status = Math.min(...Object.keys(operation.answers).map(Number))
  return {
    ...operation,
    answer: async (request, reply, deps) => {
      const { query, body } = operation
      const call = {
        params: request.params as Call<Params, Query, Body>['params'],
        query: (query === undefined ? {} : validateQuery(query, request.query)) as TypeOf<Query>,
        body: (body === undefined ? {} : validateBody(body, bodyOf(request, operation))) as TypeOf<Body>,
        request,
        reply: reply.code(status),
      }
      return handle(call, deps)
    },
  }
}

function bodyOf(request: FastifyRequest, { body, takesForm }: Operation): unknown {
  return takesForm === true ? formBody(request, body ?? {}) : (request.body ?? {})
}
