import { defineRoute } from '../define-route.ts'
import { HEALTH } from '../health-shape.ts'

/** For a supervisor, which restarts a process that does not answer. */
export const getHealthLive = defineRoute({
  method: 'GET',
  path: '/health/live',
  operationId: 'get_health_live',
  summary: 'Whether the process answers',
  answers: { 200: { description: 'It does.', ...HEALTH } },
  handle: async () => ({ status: 'ok' }),
})
