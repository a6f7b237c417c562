import { defineRoute } from '../define-route.ts'
import { HEALTH } from '../health-shape.ts'

/** For a supervisor that restarts the process if it does not answer. It asks neither the database nor the disk. */
export const getHealthLive = defineRoute({
  method: 'GET',
  path: '/health/live',
  operationId: 'get_health_live',
  summary: 'Check that the process answers',
  answers: { 200: { description: 'The process answers.', ...HEALTH } },
  handle: async () => ({ status: 'ok' }),
})
