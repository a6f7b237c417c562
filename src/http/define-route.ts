import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RateGroup } from '../domain/rate-limit.ts'
import type { Schema } from '../schema/check.ts'
import type { TypeOf } from '../schema/type-of.ts'
import { formBody } from './form-body.ts'
import { validateBody, validateQuery } from './validate.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The bucket that requests of the route are counted in. */
    rateGroup?: RateGroup
    /** False if an id in the path may be a user's: such an id may hold an e-mail address, and stays out of the log. */
    logsPath?: boolean
  }
}

/** How a body looks: its schema, which the document names by its `title` if it has one, and a body that it lets through. */
export interface Shape {
  readonly schema: Schema
  readonly example?: unknown
}

/** What a client may get: a description alone if there is no body, or if the body is that of a refusal. */
export type Answer = string | AnswerBody

export interface AnswerBody extends Shape {
  readonly description: string
  /** The media type; `application/json` if absent. */
  readonly type?: string
}

/** All that `GET /openapi.json` says of an operation, and all that decides who may call it. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** As OpenAPI writes it: `/api/v2/jobs/{id}`. */
  readonly path: string
  /** As Fastify writes it, if that is not the same path with `:id` for `{id}`. */
  readonly servedAt?: string
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  /** A token needs one of these. Absent: no token is needed. */
  readonly scopes?: readonly string[]
  readonly params?: Readonly<Record<string, Schema>>
  readonly query?: Schema
  readonly body?: Schema
  /** The body may also be a form, whose numbers are text. */
  readonly takesForm?: boolean
  /** What the handler reads itself: a query, and bodies by media type. */
  readonly reads?: { readonly query?: Schema; readonly bodies?: Readonly<Record<string, Schema>> }
  readonly bodyBytesMax?: number
  /** The body is a users file of any size, which the handler reads as it comes. */
  readonly isUpload?: boolean
  /** By status; those that every route may give are added. The lowest is sent unless the handler sets another. */
  readonly answers: Readonly<Record<number, Answer>>
  readonly logsPath?: boolean
  readonly rateGroup?: RateGroup
}

/** A request whose query and body are what their schemas say. */
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

/** An endpoint: one value, of which the server and the OpenAPI document are both made. */
export interface Route<Deps> extends Operation {
  readonly answer: (request: FastifyRequest, reply: FastifyReply, deps: Deps) => Promise<unknown>
}

/** Puts the schemas of an endpoint in front of its handler. A request that they refuse never reaches the handler. */
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
