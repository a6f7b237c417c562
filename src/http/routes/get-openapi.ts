import { open, TEXT } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'

interface GetOpenapiDeps {
  /** One shared buffer, so that clients that send many requests and read no answers cost no copies. */
  readonly openapi: () => Uint8Array
}

export const getOpenapi = defineRoute({
  method: 'GET',
  path: '/openapi.json',
  operationId: 'get_openapi',
  summary: 'Get this document',
  answers: {
    200: {
      description: 'An OpenAPI 3.1 document.',
      schema: open(['openapi', 'paths'], { openapi: TEXT, paths: { type: 'object' } }),
      example: { openapi: '3.1.0', paths: {} },
    },
  },
  handle: async ({ reply }, { openapi }: GetOpenapiDeps) =>
    reply.type('application/json; charset=utf-8').send(openapi()),
})
