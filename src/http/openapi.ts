import type { Schema } from '../schema/check.ts'
import type { Answer, Operation } from './define-route.ts'

/** The OpenAPI document of routes: all that it says is read off the values that serve them. */
export function openapiOf(operations: readonly Operation[], publicUrl: string) {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: operationObject(operation),
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Muster', version: '0.1.0', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: publicUrl }],
    paths,
    components: { securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  }
}

function operationObject(operation: Operation): object {
  const { operationId, summary, description, scopes, params = {}, query, reads } = operation
  const parameters = [
    ...Object.entries(params).map(([name, schema]) => ({ name, in: 'path', required: true, schema })),
    ...queryParameters(query ?? reads?.query),
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
      Object.entries(operation.answers).map(([status, answer]) => [status, responseObject(answer)]),
    ),
  }
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
  const types =
    takesForm === true ? ['application/json', 'application/x-www-form-urlencoded'] : ['application/json']
  const schemas =
    reads?.bodies ?? (body === undefined ? undefined : Object.fromEntries(types.map((type) => [type, body])))
  if (schemas === undefined) return undefined
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }]))
}

function responseObject(answer: Answer): object {
  if (typeof answer === 'string') return { description: answer }
  const { description, schema, example, type = 'application/json' } = answer
  return {
    description,
    content: { [type]: { schema, ...(example === undefined ? {} : { example }) } },
  }
}
