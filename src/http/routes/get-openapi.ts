import { defineRoute } from '../define-route.ts'

interface GetOpenapiDeps {
  /** The document, written once: a client that asks again and again without reading costs no copies. */
  readonly openapi: Uint8Array
}

export const getOpenapi = defineRoute({
  method: 'GET',
  path: '/openapi.json',
  operationId: 'get_openapi',
  summary: 'This document',
  answers: { 200: 'An OpenAPI 3.1 document.' },
  handle: async ({ reply }, { openapi }: GetOpenapiDeps) =>
    reply.type('application/json; charset=utf-8').send(openapi),
})
