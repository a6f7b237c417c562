import { defineRoute } from '../define-route.ts'
import { HEALTH } from '../health-shape.ts'

/** A load balancer asks this, so that it sends requests only to servers that can answer them. */
export const getHealth = defineRoute({
  method: 'GET',
  path: '/health',
  operationId: 'get_health',
  summary: 'Check that the database and the disk can be used',
  answers: {
    200: { description: 'Both can be used.', ...HEALTH },
    503: 'The database or the disk cannot be used.',
  },
  handle: async (_call, { ping }: { readonly ping: () => Promise<unknown> }) => {
    await ping()
    return { status: 'ok' }
  },
})
