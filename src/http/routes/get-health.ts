import { defineRoute } from '../define-route.ts'
import { HEALTH } from '../health-shape.ts'

interface GetHealthDeps {
  /** Rejects if the database or the disk cannot be used. */
  readonly ping: () => Promise<unknown>
}

/** For a load balancer, which sends requests here or elsewhere. */
export const getHealth = defineRoute({
  method: 'GET',
  path: '/health',
  operationId: 'get_health',
  summary: 'Whether requests can be answered: the database and the disk are asked',
  answers: { 200: { description: 'They can.', ...HEALTH }, 503: 'The database or the disk cannot be used.' },
  handle: async (_call, { ping }: GetHealthDeps) => {
    await ping()
    return { status: 'ok' }
  },
})
