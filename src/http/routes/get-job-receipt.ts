import { type FindReceiptDeps, findReceipt } from '../../flow/find-receipt.ts'
import { TEXT } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'
import { JOB_ID } from '../render-job.ts'

/** Not JSON: `curl -o receipt.jws` then saves exactly the bytes whose SHA-256 the next receipt names. */
export const getJobReceipt = defineRoute({
  method: 'GET',
  path: '/api/v2/jobs/{id}/receipt',
  operationId: 'get_receipt',
  summary: 'Get the signed receipt of a completed export',
  scopes: ['read:users'],
  params: { id: JOB_ID },
  answers: {
    200: {
      description: 'The receipt, a JWS in compact serialization (RFC 7515).',
      type: 'application/jose',
      schema: TEXT,
      example: 'eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl',
    },
    404: 'The export is not completed, or its receipt is forgotten.',
  },
  handle: async ({ params, reply }, deps: FindReceiptDeps) => {
    const jws = await findReceipt(params.id, deps)
    return reply.type('application/jose').send(jws)
  },
})
