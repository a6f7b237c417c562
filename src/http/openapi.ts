import type { Schema } from '../schema/check.ts'
import type { Answer, Operation, Shape } from './define-route.ts'
import { ERROR, OAUTH_ERROR } from './error-shape.ts'

/** Made from the values that serve the routes, so that a changed route changes the document too. */
export function openapiOf(
  operations: readonly Operation[],
  { publicUrl, version }: { readonly publicUrl: string; readonly version: string },
) {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: operationObject(operation),
    }
  }
  const schemas: Record<string, unknown> = {}
  return {
    openapi: '3.1.0',
    info: { title: 'Muster', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: publicUrl }],
    paths: withReferences(paths, schemas),
    components: {
      schemas,
      securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

function operationObject(operation: Operation): object {
  const { operationId, summary, description, scopes, params = {}, query, headers = {}, reads } = operation
  const parameters = [
    ...Object.entries(params).map(([name, schema]) => ({ name, in: 'path', required: true, schema })),
    ...queryParameters(query ?? reads?.query),
    ...Object.entries(headers).map(([name, schema]) => ({ name, in: 'header', schema })),
  ]
  const content = contentOf(operation)
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    security: scopes === undefined ? [] : [{ bearerAuth: scopes }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(content === undefined ? {} : { requestBody: { content } }),
    responses: Object.fromEntries(
      Object.entries({ ...commonAnswers(operation), ...operation.answers }).map(([status, answer]) => [
        status,
        responseObject(Number(status), answer, operation),
      ]),
    ),
  }
}

// Any route may answer with these errors, so a route names one only to say more about it.
function commonAnswers({ method, scopes }: Operation): Readonly<Record<number, string>> {
  const ofTokens = { 401: 'The token is missing or not valid.', 403: 'The token lacks the scope.' }
  const ofBodies = {
    408: 'The body arrived too slowly.',
    413: 'The body is too large.',
    415: 'The media type of the body is not supported.',
  }
  return {
    400: 'The request is not valid.',
    ...(scopes === undefined ? {} : { ...ofTokens, 429: 'The client has sent too many requests.' }),
    ...(method === 'GET' ? {} : ofBodies),
    500: 'An internal error.',
    503: 'The database or the disk cannot be used.',
  }
}

function responseObject(status: number, answer: Answer, { path }: Operation): object {
  if (typeof answer !== 'string') return { description: answer.description, ...mediaOf(answer, answer.type) }
  if (status < 400) return { description: answer }
  return { description: answer, ...mediaOf(path.startsWith('/oauth/') ? OAUTH_ERROR : ERROR) }
}

function mediaOf({ schema, example }: Shape, type = 'application/json'): object {
  return { content: { [type]: { schema, ...(example === undefined ? {} : { example }) } } }
}

function queryParameters(query: Schema = {}): readonly object[] {
  const required = (query['required'] ?? []) as readonly string[]
  return Object.entries((query['properties'] ?? {}) as Record<string, Schema>).map(([name, schema]) => ({
    name,
    in: 'query',
    ...(required.includes(name) ? { required: true } : {}),
    schema,
  }))
}

function contentOf({ body, takesForm, reads }: Operation): Record<string, object> | undefined {
  const types = ['application/json', ...(takesForm === true ? ['application/x-www-form-urlencoded'] : [])]
  const schemas =
    reads?.bodies ?? (body === undefined ? undefined : Object.fromEntries(types.map((type) => [type, body])))
  if (schemas === undefined) return undefined
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }]))
}

/**
 * A schema that many answers have would otherwise be repeated in each. So one with a title is moved to `schemas`, and a
 * reference takes its place.
 */
function withReferences(value: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => withReferences(item, schemas))
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === 'example' ? member : withReferences(member, schemas),
    ]),
  )
  if (typeof inner['title'] !== 'string') return inner
  schemas[inner['title']] = inner
  return { $ref: `#/components/schemas/${inner['title']}` }
}
